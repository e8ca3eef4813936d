/* Exports of an organization's audit log into files on the server's machine. */
#ifndef ROWHOUSE_NATIVE_AUDIT_AUDIT_EXPORT_H
#define ROWHOUSE_NATIVE_AUDIT_AUDIT_EXPORT_H

#include "native/audit/audit_log.h"
#include "value/audit_line.h"

#define EXPORT_ENTRIES_MAX 100000           /* of one export */
#define EXPORT_SIZE_MAX MIB(128)

/* One entry for a file's form. */
struct export_entry {
    int64_t number;
    const struct table *table;
    const struct found *row;
    struct slice leaf;
    const struct merkle_proof *proof;       /* NULL in a complete export */
};

/* A form of file: every entry in turn, then the whole. `body` is theirs between the calls, `out` the file. */
struct export_form {
    const char *name, *suffix;
    void (*entry)(const struct audit_export *export, const struct export_entry *entry, struct buf *body);
    /* 0, or -1 with an error */
    int (*finish)(const struct audit_export *export, struct slice body, struct slice checkpoint, struct buf *out, struct error *error);
};
extern const struct export_form export_forms[];         /* ends with name NULL */

/* The pdf's finish(): lines of text on pages (audit_pdf.c). */
int audit_pdf(const struct audit_export *export, struct slice body, struct slice checkpoint, struct buf *out, struct error *error);

#endif
