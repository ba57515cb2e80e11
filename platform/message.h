/* What vhart has to say to its user, on stderr. */
#ifndef PLATFORM_MESSAGE_H
#define PLATFORM_MESSAGE_H

#include <stdbool.h>

/* Print "vhart: ", the text, a newline. Returns false, for "return complain(...)". */
__attribute__((format(printf, 1, 2))) bool complain(const char *format, ...);

/* Name the file that the next complaints are about; NULL: none. Kept by reference. */
void complain_about(const char *file);

#endif
