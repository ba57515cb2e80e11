#include "platform/message.h"

#include <stdarg.h>
#include <stdio.h>

static const char *subject;

void complain_about(const char *file)
{
    subject = file;
}

bool complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fflush(stdout); /* keeps the order where both go to one place */
    fputs("vhart: ", stderr);
    if (subject) fprintf(stderr, "%s: ", subject);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}
