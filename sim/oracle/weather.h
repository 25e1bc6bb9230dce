/* Which faults of the scenario are under way, and since when there has been none. */
#ifndef SIM_ORACLE_WEATHER_H
#define SIM_ORACLE_WEATHER_H

#include "run/observation.h"
#include "scenario/program.h"

struct weather;

struct weather *weather_create(const struct program *program); /* NULL: out of memory */
void weather_destroy(struct weather *weather);                 /* takes NULL */
void weather_observe(struct weather *weather, const struct observation *observation);

/*
 * Since when no fault of brokers, network or processes is under way; 0: there has been none.  INT64_MAX: one is, or
 * nobody can tell.  May lie ahead: then a fault ends at that time.
 */
int64_t weather_calm_since(const struct weather *weather);

#endif
