package remote

import (
	"strings"
	"testing"
)

func TestCoresByName(t *testing.T) {
	phone := read(t, recorded(t, "phone"), Config{})
	phone.Name = "phone"
	for choice, want := range map[CoreChoice][]int{
		"": nil, "prime": {6, 7}, "big": {4, 5}, "little": {0, 1, 2, 3}, "0-3": {0, 1, 2, 3}, "7,4-5": {7, 4, 5}, "6": {6},
	} {
		got, err := choice.Resolve(phone)
		if err != nil {
			t.Errorf("%q: %v", choice, err)
		}
		same(t, string(choice), got, want)
	}
	for choice, say := range map[CoreChoice]string{
		"huge":      "no cluster of device phone; it has prime (6-7), big (4-5), little (0-3)",
		"big,prime": "no cluster of device phone",
		"0-3,9":     "there is no core 9; device phone has 0-7",
		"3-1":       "want numbers and ranges like 0-3,6",
		"1,1":       "names core 1 twice",
		"all":       "it has prime",
	} {
		if got, err := choice.Resolve(phone); err == nil || !strings.Contains(err.Error(), say) {
			t.Errorf("%q: %v, %v: want an error with %q", choice, got, err, say)
		}
	}
	// A device with one kind of core has one cluster; a core that is switched off may come back.
	pi := read(t, recorded(t, "pi"), Config{})
	if got, err := CoreChoice("all").Resolve(pi); err != nil || len(got) != 4 {
		t.Errorf("all cores of the board: %v, %v", got, err)
	}
	pi.OfflineCores = []int{9}
	if _, err := CoreChoice("9").Resolve(pi); err != nil {
		t.Errorf("a core that is off: %v", err)
	}
}
