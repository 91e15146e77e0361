package framework

import "strings"

// records reads CSV from a string as encoding/csv does with its defaults, without
// copying: fields are parts of the text. Every command reads a megabyte of
// catalogues and mappings before its first line of output, and copying each row
// took longer than everything else it does.
type records struct {
	text   string
	line   int // of the next line, counted from 1
	fields []string
}

// Faults of a record, in the words of encoding/csv.
const (
	bareQuote = `bare " in non-quoted-field`
	openQuote = `extraneous or missing " in quoted-field`
)

// next returns the next record and the line it starts on; ok is false at the end.
// A record that cannot be read comes with fault and without fields; reading goes
// on after the line on which that was found out. The slice is used again.
func (r *records) next() (line int, fields []string, fault string, ok bool) {
	for {
		if r.text == "" {
			return 0, nil, "", false
		}
		row := r.take()
		if row == "" {
			continue // empty lines are no records
		}
		line = r.line - 1
		if strings.IndexByte(row, '"') < 0 {
			r.fields = r.fields[:0]
			for {
				at := strings.IndexByte(row, ',')
				if at < 0 {
					return line, append(r.fields, row), "", true
				}
				r.fields = append(r.fields, row[:at])
				row = row[at+1:]
			}
		}
		fields, fault = r.quoted(row)
		return line, fields, fault, true
	}
}

// take cuts off the next line, without its end.
func (r *records) take() string {
	r.line++
	row, rest, found := strings.Cut(r.text, "\n")
	r.text = rest
	if strings.HasSuffix(row, "\r") && (found || rest == "") {
		row = row[:len(row)-1]
	}
	return row
}

// quoted reads a record with quotes somewhere; its fields may run over several lines.
func (r *records) quoted(row string) (fields []string, fault string) {
	r.fields = r.fields[:0]
	for {
		if row == "" || row[0] != '"' {
			field, rest, more := strings.Cut(row, ",")
			if strings.IndexByte(field, '"') >= 0 {
				return nil, bareQuote
			}
			r.fields = append(r.fields, field)
			if !more {
				return r.fields, ""
			}
			row = rest
			continue
		}
		row = row[1:]
		field := "" // usually one piece, so that nothing is copied
		for closed := false; !closed; {
			at := strings.IndexByte(row, '"')
			switch {
			case at >= 0 && strings.HasPrefix(row[at+1:], `"`): // a doubled quote stands for one
				field += row[:at+1]
				row = row[at+2:]
			case at >= 0:
				field += row[:at]
				row = row[at+1:]
				closed = true
			case r.text == "":
				return nil, openQuote
			default:
				field += row + "\n"
				row = r.take()
			}
		}
		r.fields = append(r.fields, field)
		switch {
		case row == "":
			return r.fields, ""
		case row[0] != ',':
			return nil, openQuote
		}
		row = row[1:]
	}
}
