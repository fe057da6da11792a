#!/bin/bash
# Gradescope runs this once, while it makes the image of the autograder.  Choose Ubuntu 24.04 as base image (or Debian 12
# as your own): Grader's source does not build on older ones.
set -eu
root=${AUTOGRADER:-/autograder} # another place for a trial
"$root/source/install-grader" "$root/source"
# The spec is in there; the student's program runs as another user.
chmod go= "$root/source"
