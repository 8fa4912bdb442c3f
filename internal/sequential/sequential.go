// Package sequential decides, sample by sample, whether a program is surely slower than a reference, so
// that no more time is spent on it. It knows no device and keeps no times; the runner on the device has
// the same rule in C (kernels/runner/src/rt3d_sequential.c).
//
// The rule is a sign test that may be looked at after every sample. Evidence starts at 1. A sample above
// the reference multiplies it by 1+bet, any other by 1−bet. As long as the program's median does not
// exceed the reference, each sample lies above it with a probability of at most one half, and the
// evidence is a nonnegative supermartingale: whatever the times' distribution, the probability that it
// ever reaches 1/ErrorRate is at most ErrorRate (Ville 1939; Wald's sequential test of 1947 has this
// bound). So one program in a hundred that is as fast as the reference is dropped by mistake, at most,
// and fewer where the reference carries a margin. A program that is surely slower is dropped after Fewest
// samples at the earliest.
package sequential

const (
	// ErrorRate bounds the probability that a program that is not slower is ever called slower.
	ErrorRate = 0.01
	// Fewest samples after which a program can be called slower: (1+bet)^8 is the first power above 100.
	Fewest = 8

	bet = 0.8
)

// Test gathers evidence that a program is slower than a reference.
type Test struct {
	reference float64
	evidence  float64
}

// New begins a test against a reference, in the unit of the samples.
func New(reference float64) *Test { return &Test{reference, 1} }

// Add takes in one sample and tells whether the program is surely slower. Once it is, it stays so.
func (t *Test) Add(sample float64) bool {
	if !t.Sure() {
		if sample > t.reference {
			t.evidence *= 1 + bet
		} else {
			t.evidence *= 1 - bet
		}
	}
	return t.Sure()
}

// Sure tells whether the program is surely slower.
func (t *Test) Sure() bool { return t.evidence >= 1/ErrorRate }
