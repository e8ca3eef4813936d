/* What cppcheck, which reads no system headers, needs to know of Criterion. */
#define TestSuite(...)
#define Test(...) void test(void)
#define ParameterizedTestParameters(...) void *parameters(void)
#define ParameterizedTest(...) void test(void)
#define Theory(...) void test(void)
#define TheoryDataPoints(...) static int points[]
