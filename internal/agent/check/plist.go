package check

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"math"
	"strconv"
	"strings"
	"unicode/utf16"
)

// errPlist is a property list that is none, or larger than ours ever are.
var errPlist = errors.New("check: no property list")

// Limits of a property list.
const (
	plistDepth  = 32
	plistValues = 20_000
)

// dict is a dictionary of a property list. Its values are dict, []any, string, int64,
// float64, bool and []byte; a date is float64 or string, for nothing reads one.
type dict map[string]any

// parsePlist reads a property list of macOS, binary or XML, whose root is a dictionary.
func parsePlist(b []byte) (dict, error) {
	left := plistValues
	var v any
	var err error
	if bytes.HasPrefix(b, []byte("bplist00")) {
		v, err = binaryPlist(b, &left)
	} else {
		v, err = xmlPlist(b, &left)
	}
	if err != nil {
		return nil, err
	}
	d, ok := v.(dict)
	if !ok {
		return nil, errPlist
	}
	return d, nil
}

// flag is a boolean of the dictionary; profiles also write it as a number.
func (d dict) flag(key string) (on, set bool) {
	switch v := d[key].(type) {
	case bool:
		return v, true
	case int64:
		return v != 0, true
	}
	return false, false
}

// number is a whole number of the dictionary.
func (d dict) number(key string) (int64, bool) {
	switch v := d[key].(type) {
	case int64:
		return v, true
	case float64:
		return int64(v), math.Abs(v) < 1<<40
	}
	return 0, false
}

func (d dict) text(key string) string {
	s, _ := d[key].(string)
	return s
}

// xmlPlist reads the XML form. Go's decoder knows no entities but the five of XML, so
// nothing can be made to grow.
func xmlPlist(b []byte, left *int) (any, error) {
	dec := xml.NewDecoder(bytes.NewReader(b))
	for {
		t, err := dec.Token()
		if err != nil {
			return nil, errPlist
		}
		if s, ok := t.(xml.StartElement); ok {
			if s.Name.Local == "plist" {
				continue
			}
			return xmlValue(dec, s, plistDepth, left)
		}
	}
}

func xmlValue(dec *xml.Decoder, s xml.StartElement, depth int, left *int) (any, error) {
	if *left--; depth == 0 || *left < 0 {
		return nil, errPlist
	}
	switch s.Name.Local {
	case "dict":
		return xmlDict(dec, depth, left)
	case "array":
		return xmlArray(dec, depth, left)
	}
	text, err := xmlText(dec)
	if err != nil {
		return nil, err
	}
	switch s.Name.Local {
	case "true", "false":
		return s.Name.Local == "true", nil
	case "integer":
		n, err := strconv.ParseInt(strings.TrimSpace(text), 0, 64)
		return n, err
	case "real":
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		return f, err
	case "data":
		return []byte(text), nil
	case "string", "date":
		return text, nil
	}
	return nil, errPlist
}

func xmlDict(dec *xml.Decoder, depth int, left *int) (any, error) {
	out := dict{}
	for {
		k, err := xmlNext(dec)
		if err != nil || k == nil {
			return out, err
		}
		if k.Name.Local != "key" {
			return nil, errPlist
		}
		name, err := xmlText(dec)
		if err != nil {
			return nil, err
		}
		s, err := xmlNext(dec)
		if err != nil || s == nil {
			return nil, errPlist
		}
		if out[name], err = xmlValue(dec, *s, depth-1, left); err != nil {
			return nil, err
		}
	}
}

func xmlArray(dec *xml.Decoder, depth int, left *int) (any, error) {
	out := []any{}
	for {
		s, err := xmlNext(dec)
		if err != nil || s == nil {
			return out, err
		}
		v, err := xmlValue(dec, *s, depth-1, left)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
}

// xmlNext is the next element, or nil at the end of the one around it.
func xmlNext(dec *xml.Decoder) (*xml.StartElement, error) {
	for {
		t, err := dec.Token()
		if err != nil {
			return nil, errPlist
		}
		switch t := t.(type) {
		case xml.StartElement:
			return &t, nil
		case xml.EndElement:
			return nil, nil //nolint:nilnil // the end is no error
		}
	}
}

// xmlText is the text up to the end of the element, which may hold no other.
func xmlText(dec *xml.Decoder) (string, error) {
	var b strings.Builder
	for {
		t, err := dec.Token()
		if err != nil {
			return "", errPlist
		}
		switch t := t.(type) {
		case xml.CharData:
			b.Write(t)
		case xml.EndElement:
			return b.String(), nil
		case xml.StartElement:
			return "", errPlist
		}
	}
}

// binaryReader reads the binary form: a table of offsets, whose place the last 32 bytes
// tell, and objects that name each other by their number in it.
type binaryReader struct {
	b                []byte
	offsets, objects uint64 // where the table begins, and how many lines it has
	width, ref       int    // bytes of an offset, and of the number of an object
	left             *int
}

func binaryPlist(b []byte, left *int) (any, error) {
	if len(b) < 40 {
		return nil, errPlist
	}
	end := b[len(b)-32:]
	r := binaryReader{
		b: b, width: int(end[6]), ref: int(end[7]), left: left,
		objects: binary.BigEndian.Uint64(end[8:]), offsets: binary.BigEndian.Uint64(end[24:]),
	}
	size := uint64(len(b) - 32)
	if r.width < 1 || r.width > 8 || r.ref < 1 || r.ref > 8 || r.objects > plistValues || r.offsets > size || r.objects*uint64(r.width) > size-r.offsets {
		return nil, errPlist
	}
	return r.value(binary.BigEndian.Uint64(end[16:]), plistDepth)
}

// bytes are n bytes at a place.
func (r binaryReader) bytes(at, n uint64) ([]byte, error) {
	if at > uint64(len(r.b)) || n > uint64(len(r.b))-at {
		return nil, errPlist
	}
	return r.b[at : at+n], nil
}

func big(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

func (r binaryReader) value(object uint64, depth int) (any, error) {
	if *r.left--; depth == 0 || *r.left < 0 || object >= r.objects {
		return nil, errPlist
	}
	o, err := r.bytes(r.offsets+object*uint64(r.width), uint64(r.width))
	if err != nil {
		return nil, err
	}
	at := big(o)
	mark, err := r.bytes(at, 1)
	if err != nil {
		return nil, err
	}
	kind, low := mark[0]>>4, uint64(mark[0]&15)
	switch {
	case mark[0] == 8 || mark[0] == 9:
		return mark[0] == 9, nil
	case kind == 1 || kind == 2 || kind == 3:
		return r.scalar(kind, at+1, low)
	}
	n, at, err := r.count(at, low)
	if err != nil {
		return nil, err
	}
	switch kind {
	case 4:
		return r.bytes(at, n)
	case 5:
		b, err := r.bytes(at, n)
		return string(b), err
	case 6:
		return r.wide(at, n)
	case 10:
		return r.array(at, n, depth)
	case 13:
		return r.dict(at, n, depth)
	}
	return nil, errPlist
}

// scalar is a number or a date.
func (r binaryReader) scalar(kind byte, at, low uint64) (any, error) {
	if low > 4 {
		return nil, errPlist
	}
	b, err := r.bytes(at, 1<<low)
	if err != nil {
		return nil, err
	}
	switch {
	case kind == 1:
		return int64(big(b)), nil //nolint:gosec // two's complement is how they are written
	case len(b) == 4:
		return float64(math.Float32frombits(uint32(big(b)))), nil //nolint:gosec // of four bytes
	case len(b) == 8:
		return math.Float64frombits(big(b)), nil
	}
	return nil, errPlist
}

// count is how long an object is, and where it begins.
func (r binaryReader) count(at, low uint64) (n, begin uint64, err error) {
	if low < 15 {
		return low, at + 1, nil
	}
	mark, err := r.bytes(at+1, 1)
	if err != nil || mark[0]>>4 != 1 || mark[0]&15 > 3 {
		return 0, 0, errPlist
	}
	size := uint64(1) << (mark[0] & 15)
	b, err := r.bytes(at+2, size)
	if err != nil {
		return 0, 0, err
	}
	return big(b), at + 2 + size, nil
}

func (r binaryReader) wide(at, n uint64) (any, error) {
	if n > uint64(len(r.b)) {
		return nil, errPlist
	}
	b, err := r.bytes(at, 2*n)
	if err != nil {
		return nil, err
	}
	u := make([]uint16, n)
	for i := range u {
		u[i] = binary.BigEndian.Uint16(b[2*i:])
	}
	return string(utf16.Decode(u)), nil
}

func (r binaryReader) array(at, n uint64, depth int) (any, error) {
	if n > r.objects {
		return nil, errPlist
	}
	refs, err := r.bytes(at, n*uint64(r.ref))
	if err != nil {
		return nil, err
	}
	out := make([]any, n)
	for i := range out {
		if out[i], err = r.value(big(refs[i*r.ref:(i+1)*r.ref]), depth-1); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func (r binaryReader) dict(at, n uint64, depth int) (any, error) {
	if n > r.objects {
		return nil, errPlist
	}
	refs, err := r.bytes(at, 2*n*uint64(r.ref))
	if err != nil {
		return nil, err
	}
	out := make(dict, n)
	for i := range int(n) {
		k, err := r.value(big(refs[i*r.ref:(i+1)*r.ref]), depth-1)
		if err != nil {
			return nil, err
		}
		key, ok := k.(string)
		if !ok {
			return nil, errPlist
		}
		j := i + int(n)
		if out[key], err = r.value(big(refs[j*r.ref:(j+1)*r.ref]), depth-1); err != nil {
			return nil, err
		}
	}
	return out, nil
}
