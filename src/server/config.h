/* The configuration: one table of settings, four sources. A flag wins over the environment, the environment over the
 * file, the file over the default.
 *
 *      --net-threads 2      ROWHOUSE_NET_THREADS=2      net_threads = 2  (in the file of --config)
 *
 * The table gives names, defaults, ranges and help of all of them; --help and --check-config print it. */
#ifndef ROWHOUSE_SERVER_CONFIG_H
#define ROWHOUSE_SERVER_CONFIG_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "base/log.h"

#define CONFIG_TEXT_MAX 4096

struct config {
    char data[CONFIG_TEXT_MAX];
    char listen[CONFIG_TEXT_MAX];
    char socket[CONFIG_TEXT_MAX];
    char migrations[CONFIG_TEXT_MAX];
    char declaration[CONFIG_TEXT_MAX];
    char image_dir[CONFIG_TEXT_MAX];
    char jwt_secret_file[CONFIG_TEXT_MAX];
    char jwt_es256_public_key_file[CONFIG_TEXT_MAX];
    char jwt_keys_dir[CONFIG_TEXT_MAX];
    char jwt_signing_kid[CONFIG_TEXT_MAX];
    char service_key_file[CONFIG_TEXT_MAX];
    char seal_key_file[CONFIG_TEXT_MAX];
    char geo_database[CONFIG_TEXT_MAX];
    char log_level[CONFIG_TEXT_MAX];
    int64_t net_threads;            /* half of the processors */
    int64_t connections_max;
    int64_t auth_timeout_ms;
    int64_t segment_size;
    int64_t snapshot_log_bytes;
    int64_t snapshot_growth_max;
    bool migrations_out_of_order;
    bool rebuild_image;
    bool upkeep;
    int64_t alert_interval_s;       /* 0: never */
    int64_t escalation_interval_s;
    int64_t retention_interval_s;
    int64_t access_log_days;        /* 0: for ever */
    int64_t login_attempts_days;
    int64_t two_factor_attempts_days;
    int64_t security_alerts_days;
    int64_t consumption_logs_days;
    char sources[SETTINGS_MAX][64]; /* where each setting came from, for errors and --check-config */
};

enum config_action { CONFIG_RUN, CONFIG_CHECK, CONFIG_HELP, CONFIG_VERSION };

/* Reads all sources. F0000 names the setting and where it was set; 22023 for flags that do not exist. */
int config_load(int argc, char **argv, struct config *ret, enum config_action *ret_action, struct error *error);

/* The effective configuration, as a file that --config reads, with the source of each setting. */
void config_print(const struct config *config, FILE *out);
void config_help(FILE *out);

/* For tests: one setting by name, as a file would set it. */
int config_set(struct config *config, const char *name, const char *text, const char *source, struct error *error);
void config_defaults(struct config *config);

#endif
