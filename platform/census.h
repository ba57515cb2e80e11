/* vhart census: its command line (the census itself: census/census.h). */
#ifndef PLATFORM_CENSUS_H
#define PLATFORM_CENSUS_H

/* argv[1] is "census". The exit status: 0 virtualizable, 1 not, 2 after a mistake. */
int census_main(int argc, char *const *argv);

#endif
