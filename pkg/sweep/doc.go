// Package sweep gathers the results of many training runs, of several settings
// and seeds each, in one table, and makes statistics of them.
//
// A sweep is a directory that holds the results of a run in NAME/SEED, as
// scripts/sweep.sh leaves them there. NAME is a setting: a line of the plan. All of
// these files are optional:
//
//	run.jsonl                       the training log
//	run.path.json                   what activations --path-integration wrote
//	run.N.population.json           what gridscore --summary wrote, for ratemaps of N bins
//	untrained.path.json             the same for the untrained network
//	untrained.N.population.json
//	finished                        the last file that a finished run writes
//	report.pdf                      the same of a run of an earlier version
//
// Values are found by the name of their column, so runs may differ in what they
// have. Shares are in percent of the layer's units, errors and scales in cm,
// excesses over nulls in points.
//
// In all statistics the unit of observation is a network, not a unit of a network:
// units of one network share its training. Intervals hold 95 % and are those of
// Student's t over the seeds.
package sweep
