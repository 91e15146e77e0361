package framework

import (
	"bytes"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"unicode/utf8"
	"unsafe"
)

// Bounds on what one file may hold. The largest file that ships has 760 rows;
// these leave room for any real standard and none for an accident.
const (
	maxFile   = 32 << 20 // bytes
	maxRows   = 200_000
	maxField  = 4_000 // bytes in one field
	maxFaults = 100   // per file; more would only hide the first
)

// Table describes a CSV file of the catalogue's shape: which columns it must
// have, and which it may have after them.
type Table struct {
	File     string // for faults
	Required []string
	Optional []string
}

// Load reads the table's file. One that is too large to be a catalogue or a
// mapping is refused by its size, before any of it is in memory.
func (t Table) Load(fsys fs.FS) ([]byte, []Fault, error) {
	info, err := fs.Stat(fsys, t.File)
	if err != nil {
		return nil, nil, err
	}
	if info.Size() > maxFile {
		return nil, []Fault{t.tooLarge(info.Size())}, nil
	}
	data, err := fs.ReadFile(fsys, t.File)
	return data, nil, err
}

func (t Table) tooLarge(size int64) Fault {
	return Fault{t.File, 0, Error, fmt.Sprintf("The file has %d MB; at most %d MB are read. Split it.", size>>20, maxFile>>20)}
}

// Rows reads data and calls row for every record after the header with its
// fields in the order of Required and Optional, whatever the order in the file.
// The slice is reused; its strings are not. Rows that cannot be read give a
// fault each and are skipped; a wrong header gives one fault and no rows. The
// caller must not change data afterwards.
func (t Table) Rows(data []byte, row func(line int, fields []string)) []Fault {
	var faults []Fault
	fault := func(line int, format string, args ...any) {
		if len(faults) < maxFaults {
			faults = append(faults, Fault{t.File, line, Error, fmt.Sprintf(format, args...)})
		} else if len(faults) == maxFaults {
			faults = append(faults, Fault{t.File, line, Error, "Further faults in this file are left out. Mend these first."})
		}
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if len(data) > maxFile {
		return []Fault{t.tooLarge(int64(len(data)))}
	}
	if !utf8.Valid(data) {
		fault(1+bytes.Count(data[:firstInvalid(data)], []byte("\n")), "The file is not UTF-8 text from this line on. Save it again as \"CSV UTF-8\".")
		return faults
	}
	// The bytes are not changed any more: fields of rows are parts of them.
	r := records{text: unsafe.String(unsafe.SliceData(data), len(data)), line: 1}
	_, header, _, ok := r.next()
	if !ok || header == nil {
		fault(1, "The file has no header line. Its first line must be: %s.", strings.Join(t.Required, ","))
		return faults
	}
	header = slices.Clone(header) // the reader uses the slice again
	order, problem := t.columns(header)
	if problem != "" {
		fault(1, "%s", problem)
		return faults
	}
	width, fields := len(header), make([]string, len(order))
	for n := 0; ; n++ {
		line, record, unread, ok := r.next()
		if !ok {
			return faults
		}
		if n >= maxRows {
			fault(line, "The file has more than %d rows; the rest is not read. Split it.", maxRows)
			return faults
		}
		if unread != "" {
			fault(line, "The row cannot be read as CSV (%s). Put fields with commas or quotes in double quotes, and double the quotes inside.", unread)
			continue
		}
		if len(record) != width {
			fault(line, "The row has %d fields, the header %d. Put a field that contains a comma in double quotes.", len(record), width)
			continue
		}
		long := false
		for i, at := range order {
			fields[i] = ""
			if at >= 0 {
				fields[i] = strings.TrimSpace(record[at])
			}
			if len(fields[i]) > maxField {
				fault(line, "The field %s has %d characters; at most %d are accepted. Shorten it.", header[at], len(fields[i]), maxField)
				long = true
			}
		}
		if !long {
			row(line, fields)
		}
	}
}

// Each reads the table's file and calls row for every record. It is for files in
// which nothing may be wrong: the first fault, or the first error of row, is
// returned with the file and the line.
func (t Table) Each(fsys fs.FS, row func(fields []string) error) error {
	data, faults, err := t.Load(fsys)
	if err != nil {
		return err
	}
	if len(faults) == 0 {
		faults = t.Rows(data, func(line int, f []string) {
			if err == nil {
				if err = row(f); err != nil {
					err = fmt.Errorf("%s, line %d: %w", t.File, line, err)
				}
			}
		})
	}
	if len(faults) > 0 {
		return fmt.Errorf("%s, line %d: %s", t.File, faults[0].Line, faults[0].Text)
	}
	return err
}

// columns finds each wanted column in the header; -1 for an optional one that is absent.
func (t Table) columns(header []string) (order []int, problem string) {
	clean := make([]string, len(header))
	for i, h := range header {
		clean[i] = strings.TrimSpace(h)
	}
	for _, want := range t.Required {
		at := slices.Index(clean, want)
		if at < 0 {
			cure := "The first line must be: " + strings.Join(t.Required, ",") + "."
			if len(clean) == 1 && strings.ContainsAny(clean[0], ";\t") {
				cure = "Separate the columns with commas."
			}
			return nil, fmt.Sprintf("The column %q is missing. %s", want, cure)
		}
		order = append(order, at)
	}
	for _, want := range t.Optional {
		order = append(order, slices.Index(clean, want))
	}
	for i, h := range clean {
		if slices.Index(clean, h) != i {
			return nil, fmt.Sprintf("The column %q stands in the header twice. Remove one.", h)
		}
	}
	return order, ""
}

func firstInvalid(data []byte) int {
	at := 0
	for at < len(data) {
		r, size := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && size <= 1 {
			break
		}
		at += size
	}
	return at
}
