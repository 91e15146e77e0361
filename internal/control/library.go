package control

import "embed"

// Data is the control library that ships: texts, mappings, intervals, covers and
// kinds of evidence, as CSV under data/. All of it is our own wording.
//
//go:embed data
var Data embed.FS
