/* The version of Rowhouse, as `hello`, --version and packages give it. */
#ifndef ROWHOUSE_BASE_VERSION_H
#define ROWHOUSE_BASE_VERSION_H

#define ROWHOUSE_VERSION "0.1.0"

#endif
