/* What must never be shown: the one list of secret settings, and their values cut out of text. */
#ifndef KAFKA_SECRETS_H
#define KAFKA_SECRETS_H

#include "carafe.h"

#define SECRETS_LEN_MIN 3 /* shorter values are not looked for in text: it would become unreadable */

/* Does the setting `name` hold a secret? */
bool secrets_name(const char *name);

/* The secret values of one client. */
struct secrets {
    char **values;
    size_t count;
};

/* Copies the secret values of `settings`.  CARAFE_NO_MEMORY. */
int secrets_init(struct secrets *secrets, const struct carafe_settings *settings) CARAFE_RESULT;
void secrets_close(struct secrets *secrets);

/* Overwrite every secret value in `text` with asterisks, in place. */
void secrets_hide(const struct secrets *secrets, char *text);

#endif
