/* Text for HTML, XML and the Markdown of GitHub. */
#pragma once

struct text;

/* One line of unknown origin inside Markdown or HTML: no byte of it is read as markup, as a link or as a mention. */
void markup_words(struct text *, const char *words);
/* Text that a renderer made, lines and all, inside <pre> or as the content of an XML element: &, < and > are escaped,
 * what XML 1.0 (2.2, Char) does not allow becomes U+FFFD. */
void markup_content(struct text *, const char *text);
/* One line of unknown origin as the value of an XML attribute, without the quotes around it. */
void markup_attribute(struct text *, const char *words);
