// Package strategy decides what to try next: random, sobol, tpe, cmaes, nsga2 and exhaustive, behind one
// contract of Ask and Tell.
//
// A strategy is a function of its seed and of what it was told: it has no clock, no input or output,
// no context and no loop. What it proposes next depends on how many points were proposed or told
// before and on their results, so that a search that is resumed by telling the record again goes on as
// if it had never stopped. A result carries an outcome; a failure has no value and gets none made up.
//
// The package refuses to evaluate anything, and each strategy refuses by name the problems that it is
// not made for (ErrUnsuited). NewSampler and StudyOptions put the strategies behind goptuna's
// interfaces.
package strategy
