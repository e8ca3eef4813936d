#include "c-names.h"

#include <ctype.h>
#include <string.h>

/* C11 and C++20; `has` is the member beside the columns; the rest are macros that headers or compilers define in lower case. */
static const char *const keywords[] = {
    "alignas", "alignof", "and", "and_eq", "asm", "auto", "bitand", "bitor", "bool", "break", "case", "catch", "char", "char16_t", "char32_t",
    "char8_t", "class", "co_await", "co_return", "co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr", "constinit",
    "continue", "decltype", "default", "delete", "do", "double", "dynamic_cast", "else", "enum", "explicit", "export", "extern", "false",
    "float", "for", "friend", "goto", "if", "inline", "int", "long", "mutable", "namespace", "new", "noexcept", "not", "not_eq", "nullptr",
    "operator", "or", "or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires", "restrict", "return", "short",
    "signed", "sizeof", "static", "static_assert", "static_cast", "struct", "switch", "template", "this", "thread_local", "throw", "true",
    "try", "typedef", "typeid", "typename", "typeof", "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor",
    "xor_eq", "has", "unix", "linux", "i386", "errno", "assert", "stdin", "stdout", "stderr", "offsetof", NULL,
};

/* What rowhouse.h calls struct rh_... or enum rh_...; tests/integration/cli.sh reads them there. */
static const char *const tags[] = {
    "audit_verdict", "cell", "field", "field_type", "options", "outcome", "packed", "record", "reply", "string", "type", "uuid", NULL,
};

/* Macros are written in capitals. */
static bool may_be_macro(const char *name)
{
    while (*name != '\0' && !islower((unsigned char)*name))
        name++;
    return *name == '\0' && name[-1] != '_';
}

static bool is_taken(enum c_space space, const char *name, const char **earlier, int count)
{
    if (space == C_MEMBERS && may_be_macro(name))
        return true;
    const char *const *reserved = space == C_MEMBERS ? keywords : tags;
    for (int i = 0; reserved[i] != NULL; i++)
        if (strcmp(reserved[i], name) == 0)
            return true;
    for (int i = 0; i < count; i++)
        if (strcmp(earlier[i], name) == 0)
            return true;
    return false;
}

static const char *spelled(enum c_space space, const char *name, struct arena *arena)
{
    bool begins = space == C_TAGS || !isdigit((unsigned char)name[0]);
    char *text = (char *)arena_string(arena, slice_of_string(arena_printf(arena, "%s%s", begins ? "" : "_", name)));
    for (char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) || (unsigned char)*at >= 0x80)
            *at = '_';
    return text;
}

const char **c_names(enum c_space space, const char *const *names, int count, struct arena *arena)
{
    const char **ret = ARENA_ARRAY(arena, const char *, count + 1);
    for (int i = 0; i < count; i++) {
        const char *plain = spelled(space, names[i], arena);
        ret[i] = plain;
        for (int number = 1; is_taken(space, ret[i], ret, i); number++)
            ret[i] = number == 1 ? arena_printf(arena, "%s_", plain) : arena_printf(arena, "%s_%d", plain, number);
    }
    return ret;
}
