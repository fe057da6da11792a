#include "model/result.h"

NAMES_DEFINE(step_verdict, STEP_VERDICTS)
NAMES_DEFINE(test_verdict, TEST_VERDICTS)
