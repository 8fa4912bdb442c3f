package conv

import (
	"math"
	"strconv"
	"strings"
)

// float prints a C constant that reads back as exactly v.
func float(v float32) string {
	switch {
	case math.IsInf(float64(v), 1):
		return "INFINITY"
	case math.IsInf(float64(v), -1):
		return "-INFINITY"
	}
	text := strconv.FormatFloat(float64(v), 'g', -1, 32)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text + "f"
}

// value is a name with a number.
func value(prefix string, i int) string { return prefix + strconv.Itoa(i) }
