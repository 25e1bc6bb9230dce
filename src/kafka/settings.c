#include "kafka/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/nearest.h"
#include "kafka/kafka.h"
#include "kafka/secrets.h"

#define ERROR_STRING_MAX 512
#define INTEGER_MAX      32

/*
 * The dumps of a configuration leave out aliases and what is not set; the manual that librdkafka prints has a line
 * for every setting: `name | C/P | ...`.
 */
static void nearest_in_manual(const char *name, char *manual, char nearest[NEAREST_WORD_MAX + 1])
{
    char *rest = NULL;
    for (char *line = strtok_r(manual, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
        size_t len = strcspn(line, " |");
        if (len == 0 || len > NEAREST_WORD_MAX || strchr(line, '|') == NULL) {
            continue;
        }
        line[len] = '\0';
        const char *const words[] = {nearest, line};
        if (nearest_word(name, words, 2) == line) {
            (void)snprintf(nearest, NEAREST_WORD_MAX + 1, "%s", line);
        }
    }
}

static void nearest_setting(const char *name, char nearest[NEAREST_WORD_MAX + 1])
{
    nearest[0] = '\0';
    char *manual = NULL;
    size_t len = 0;
    FILE *stream = open_memstream(&manual, &len);
    if (stream == NULL) {
        return;
    }
    rd_kafka_conf_properties_show(stream);
    if (fclose(stream) == 0) {
        nearest_in_manual(name, manual, nearest);
    }
    free(manual);
}

static void refuse(const struct carafe_setting *setting, rd_kafka_conf_res_t verdict, const char *reason,
                   struct carafe_error *error)
{
    if (verdict == RD_KAFKA_CONF_UNKNOWN) {
        char nearest[NEAREST_WORD_MAX + 1];
        nearest_setting(setting->name, nearest);
        (void)error_append(error, CARAFE_INVALID,
                           "kafka: %s: expected a setting of librdkafka%s%s, got an unknown name", setting->name,
                           nearest[0] != '\0' ? " such as " : "", nearest);
    } else if (secrets_name(setting->name)) {
        (void)error_append(error, CARAFE_INVALID, "kafka: %s: expected a value that librdkafka takes, got another",
                           setting->name);
    } else {
        (void)error_append(error, CARAFE_INVALID, "kafka: %s: expected a value that librdkafka takes, got '%s': %s",
                           setting->name, setting->value, reason);
    }
}

int settings_apply(rd_kafka_conf_t *conf, const struct carafe_settings *settings, struct carafe_error *error)
{
    int result = 0;
    for (size_t i = 0; i < settings->count; i++) {
        const struct carafe_setting *setting = &settings->list[i];
        char reason[ERROR_STRING_MAX] = "";
        if (setting->name == NULL || setting->value == NULL) {
            result = error_append(error, CARAFE_INVALID, "kafka: %s: expected a name and a value, got none",
                                  setting->name != NULL ? setting->name : "settings");
            continue;
        }
        rd_kafka_conf_res_t verdict = rd_kafka_conf_set(conf, setting->name, setting->value, reason, sizeof reason);
        if (verdict != RD_KAFKA_CONF_OK) {
            refuse(setting, verdict, reason, error);
            result = CARAFE_INVALID;
        }
    }
    return result;
}

int64_t settings_integer(const rd_kafka_conf_t *conf, const char *name, int64_t fallback)
{
    char text[INTEGER_MAX];
    size_t len = sizeof text;
    if (rd_kafka_conf_get(conf, name, text, &len) != RD_KAFKA_CONF_OK) {
        return fallback;
    }
    char *end = NULL;
    int64_t value = strtoll(text, &end, 10);
    return end == text ? fallback : value;
}

int kafka_settings_check(const struct carafe_settings *settings, struct carafe_error *error)
{
    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    int result = settings_apply(conf, settings, error);
    rd_kafka_conf_destroy(conf);
    return result;
}

const char *kafka_library_version(void)
{
    return rd_kafka_version_str();
}
