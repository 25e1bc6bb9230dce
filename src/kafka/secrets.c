#include "kafka/secrets.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

/* librdkafka 2.0.2 itself shows `sasl.oauthbearer.client.secret` in its debug output, so we do not rely on its list. */
static const char *const secret_patterns[] = {
    "*password*",
    "*passphrase*",
    "*secret*",
    "*key.pem",
    "ssl_key",
    "sasl.jaas*",
    "sasl.oauthbearer.config",
    "sasl.oauthbearer.extensions",
    "sasl.oauthbearer.assertion.*",
};

bool secrets_name(const char *name)
{
    for (size_t i = 0; i < sizeof secret_patterns / sizeof secret_patterns[0]; i++) {
        if (fnmatch(secret_patterns[i], name, 0) == 0) {
            return true;
        }
    }
    return false;
}

/* The longest first: one that begins another must not hide a part of it only. */
static void insert(struct secrets *secrets, char *value)
{
    size_t place = secrets->count++;
    for (; place > 0 && strlen(secrets->values[place - 1]) < strlen(value); place--) {
        secrets->values[place] = secrets->values[place - 1];
    }
    secrets->values[place] = value;
}

int secrets_init(struct secrets *secrets, const struct carafe_settings *settings)
{
    *secrets = (struct secrets){0};
    secrets->values = calloc(settings->count + 1, sizeof *secrets->values);
    if (secrets->values == NULL) {
        return CARAFE_NO_MEMORY;
    }
    for (size_t i = 0; i < settings->count; i++) {
        const struct carafe_setting *setting = &settings->list[i];
        if (setting->value == NULL || strlen(setting->value) < SECRETS_LEN_MIN || !secrets_name(setting->name)) {
            continue;
        }
        char *value = strdup(setting->value);
        if (value == NULL) {
            secrets_close(secrets);
            return CARAFE_NO_MEMORY;
        }
        insert(secrets, value);
    }
    return 0;
}

void secrets_close(struct secrets *secrets)
{
    for (size_t i = 0; i < secrets->count; i++) {
        explicit_bzero(secrets->values[i], strlen(secrets->values[i]));
        free(secrets->values[i]);
    }
    free(secrets->values);
    *secrets = (struct secrets){0};
}

void secrets_hide(const struct secrets *secrets, char *text)
{
    for (size_t i = 0; i < secrets->count; i++) {
        const char *value = secrets->values[i];
        size_t len = strlen(value);
        for (char *found = strstr(text, value); found != NULL; found = strstr(found + len, value)) {
            memset(found, '*', len);
        }
    }
}
