package check

import (
	"encoding/binary"
	"errors"
	"strings"
)

// errGVDB is a file that is no database of settings.
var errGVDB = errors.New("check: no GVDB file")

// gvdb is a table of a GVDB file: the format of dconf's databases and of the compiled
// schemas of GSettings. Only the little-endian form is read, which is that of every
// machine the agent is built for. It holds on to the bytes of the file.
type gvdb struct {
	file  []byte
	items []byte // 24 bytes each
}

const (
	gvdbMagic  = "GVariant"
	gvdbHeader = 24
	gvdbItem   = 24
	noParent   = 0xffffffff
)

// openGVDB opens the table at the root of a file.
func openGVDB(file []byte) (gvdb, error) {
	if len(file) < gvdbHeader || string(file[:8]) != gvdbMagic || binary.LittleEndian.Uint32(file[8:]) != 0 {
		return gvdb{}, errGVDB
	}
	return gvdbTable(file, file[16:24])
}

// gvdbTable opens the table a pointer leads to: a bloom filter, which is passed over,
// buckets, passed over too, and the items.
func gvdbTable(file, pointer []byte) (gvdb, error) {
	b, ok := pointed(file, pointer)
	if !ok || len(b) < 8 {
		return gvdb{}, errGVDB
	}
	bloom := uint64(binary.LittleEndian.Uint32(b) & (1<<27 - 1))
	buckets := uint64(binary.LittleEndian.Uint32(b[4:]))
	from := 8 + 4*bloom + 4*buckets
	if from > uint64(len(b)) || (uint64(len(b))-from)%gvdbItem != 0 {
		return gvdb{}, errGVDB
	}
	return gvdb{file: file, items: b[from:]}, nil
}

// pointed is the part of a file between the two ends of a pointer.
func pointed(file, pointer []byte) ([]byte, bool) {
	start, end := binary.LittleEndian.Uint32(pointer), binary.LittleEndian.Uint32(pointer[4:])
	if start > end || uint64(end) > uint64(len(file)) {
		return nil, false
	}
	return file[start:end], true
}

func (g gvdb) item(i uint32) ([]byte, bool) {
	if uint64(i)*gvdbItem >= uint64(len(g.items)) {
		return nil, false
	}
	return g.items[uint64(i)*gvdbItem:][:gvdbItem], true
}

// named reports whether the item has the key. The key of an item is the end of it; the
// front is the key of its parent.
func (g gvdb) named(item []byte, key string) bool {
	for {
		start, size := binary.LittleEndian.Uint32(item[8:]), uint32(binary.LittleEndian.Uint16(item[12:]))
		if uint64(start)+uint64(size) > uint64(len(g.file)) {
			return false
		}
		end := string(g.file[start : start+size])
		rest, ok := strings.CutSuffix(key, end)
		if !ok {
			return false
		}
		parent := binary.LittleEndian.Uint32(item[4:])
		if parent == noParent {
			return rest == ""
		}
		if item, ok = g.item(parent); !ok || size == 0 {
			return false // a name that is empty could lead round for ever
		}
		key = rest
	}
}

// find returns the item with the key, of the kind 'v' (a value), 'H' (a table) or 'L'.
func (g gvdb) find(key string, kind byte) ([]byte, bool) {
	hash := uint32(5381)
	for i := range len(key) {
		hash = hash*33 + uint32(int32(int8(key[i])))
	}
	for i := 0; i+gvdbItem <= len(g.items); i += gvdbItem {
		item := g.items[i:][:gvdbItem]
		if binary.LittleEndian.Uint32(item) == hash && item[14] == kind && g.named(item, key) {
			return item, true
		}
	}
	return nil, false
}

// has reports whether the table has a value with the key.
func (g gvdb) has(key string) bool {
	_, ok := g.find(key, 'v')
	return ok
}

// table opens a table within the table. Absence is no error.
func (g gvdb) table(key string) (gvdb, bool, error) {
	item, ok := g.find(key, 'H')
	if !ok {
		return gvdb{}, false, nil
	}
	t, err := gvdbTable(g.file, item[16:24])
	return t, err == nil, err
}

// setting is a value of GSettings: of the kinds the agent reads, a truth, a number or a
// text.
type setting struct {
	kind   byte // b, u, i or s
	number int64
	text   string
	varies bool // of a schema: other desktops have another
}

// value reads the value with the key. first takes the first member of a tuple, which is
// where compiled schemas keep what holds as long as nobody sets anything.
func (g gvdb) value(key string, first bool) (setting, bool, error) {
	item, ok := g.find(key, 'v')
	if !ok {
		return setting{}, false, nil
	}
	b, ok := pointed(g.file, item[16:24])
	if !ok {
		return setting{}, false, errGVDB
	}
	i := strings.LastIndexByte(string(b), 0) // a variant is its bytes, a zero and its type
	if i < 0 {
		return setting{}, false, errGVDB
	}
	b, kind := b[:i], string(b[i+1:])
	if first {
		kind = strings.TrimPrefix(kind, "(")
	} else if len(kind) != 1 {
		return setting{}, false, errGVDB
	}
	s, err := scalar(b, kind)
	s.varies = first && strings.Contains(kind, "a{sv}") // values by the names of desktops
	return s, err == nil, err
}

func scalar(b []byte, kind string) (setting, error) {
	switch {
	case kind == "":
	case kind[0] == 'b' && len(b) >= 1 && b[0] <= 1:
		return setting{kind: 'b', number: int64(b[0])}, nil
	case kind[0] == 'u' && len(b) >= 4:
		return setting{kind: 'u', number: int64(binary.LittleEndian.Uint32(b))}, nil
	case kind[0] == 'i' && len(b) >= 4:
		return setting{kind: 'i', number: int64(int32(binary.LittleEndian.Uint32(b)))}, nil
	case kind[0] == 's':
		if i := strings.IndexByte(string(b), 0); i >= 0 {
			return setting{kind: 's', text: string(b[:i])}, nil
		}
	}
	return setting{}, errGVDB
}
