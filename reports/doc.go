// Package reports tells what a study found: the front with the dense network beside it, the chosen
// layers, the device, how trials ended and where the time went; as a terminal table, JSON, CSV,
// Markdown, one self-contained HTML page, or a picture.
//
// It reads a results file and nothing else. It refuses to measure, to call an emulator's time a
// latency, and to call fidelity accuracy.
package reports
