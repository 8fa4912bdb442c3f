package sim

import "slices"

// cluster is the cores of one kind.
type cluster struct {
	part  string // of the Arm identification
	first int    // number of its first core
	cores int
	// maxKHz at macsPerCycle fp32 multiply-adds; watts of one busy core at that frequency.
	maxKHz       int
	macsPerCycle float64
	watts        float64
}

// spec is what a kind of phone is made of.
type spec struct {
	name     string
	clusters []cluster // slowest first, as phones number them
	// bytesPerSecond of the memory, for one thread.
	bytesPerSecond float64
	// kelvinPerWatt and settle (seconds) say how far and how fast load heats the phone.
	kelvinPerWatt, settle float64
	// throttle is the temperature in °C above which the frequency is taken back.
	throttle float64
}

// specs are round figures of real phones of 2021, not a model of any one of them.
var specs = map[string]spec{
	"flagship": {
		name: "flagship",
		clusters: []cluster{
			{part: "0xd05", first: 0, cores: 4, maxKHz: 1_800_000, macsPerCycle: 4, watts: 0.3},
			{part: "0xd41", first: 4, cores: 3, maxKHz: 2_400_000, macsPerCycle: 8, watts: 1.2},
			{part: "0xd44", first: 7, cores: 1, maxKHz: 2_840_000, macsPerCycle: 16, watts: 2.6},
		},
		bytesPerSecond: 12e9, kelvinPerWatt: 20, settle: 90, throttle: 72,
	},
	"midrange": {
		name: "midrange",
		clusters: []cluster{
			{part: "0xd05", first: 0, cores: 6, maxKHz: 2_000_000, macsPerCycle: 4, watts: 0.35},
			{part: "0xd0b", first: 6, cores: 2, maxKHz: 2_200_000, macsPerCycle: 8, watts: 1.5},
		},
		bytesPerSecond: 7e9, kelvinPerWatt: 22, settle: 120, throttle: 70,
	},
}

// phoneNames are the kinds of phones, sorted.
func phoneNames() []string {
	var names []string
	for name := range specs {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// clusterOf finds the cluster of a core.
func (s *spec) clusterOf(core int) int {
	for i, c := range s.clusters {
		if core >= c.first && core < c.first+c.cores {
			return i
		}
	}
	return -1
}

// all lists every core with its cluster, by number.
func (s *spec) all() (cores []int, clusters []cluster) {
	for _, c := range s.clusters {
		for i := range c.cores {
			cores = append(cores, c.first+i)
			clusters = append(clusters, c)
		}
	}
	return cores, clusters
}
