// Package configs reads the YAML that describes a study and ships ready ones: demo.yaml (this machine),
// c3d-phone.yaml (an Android phone over ADB) and r2plus1d-board.yaml (an ARM board over SSH). The
// published JSON Schema (schema.json) is what a file is checked against; an error names file, line,
// column and key and says what is allowed.
//
// It refuses to open devices, models or data: it only says what the user asked for.
package configs
