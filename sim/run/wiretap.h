/* Listens to what the processes say to the brokers and tells the run of it. */
#ifndef SIM_RUN_WIRETAP_H
#define SIM_RUN_WIRETAP_H

#include "run/run.h"

struct wiretap;

/* Errors: CARAFE_FAILED, the folder for reports cannot be made; CARAFE_NO_MEMORY. */
int wiretap_create(struct run *run, struct wiretap **wiretap, struct carafe_error *error);
void wiretap_destroy(struct wiretap *wiretap);

/* Ports from now on are those of the cluster's brokers. */
void wiretap_listen(struct wiretap *wiretap);

#endif
