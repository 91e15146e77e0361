package host

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"strings"

	"golang.org/x/sys/windows/registry"

	"github.com/toucan-grc/toucan/internal/agent/check"
)

// maxValue is how many bytes of a value are read.
const maxValue = 64 << 10

// isKey reports whether a place lies in the registry.
func isKey(place string) bool {
	return strings.HasPrefix(place, `HKLM\`) || strings.HasPrefix(place, `HKU\`)
}

// openKey opens a key to be read, in the view of programs of 64 bits.
func openKey(place string, access uint32) (registry.Key, error) {
	hive, path, _ := strings.Cut(place, `\`)
	switch hive {
	case "HKLM":
		return registry.OpenKey(registry.LOCAL_MACHINE, path, access|registry.WOW64_64KEY)
	case "HKU":
		return registry.OpenKey(registry.USERS, path, access|registry.WOW64_64KEY)
	}
	return 0, check.ErrRefused
}

// keyNames are the names of the keys below a key.
func keyNames(place string) ([]string, error) {
	k, err := openKey(place, registry.ENUMERATE_SUB_KEYS|registry.QUERY_VALUE)
	if err != nil {
		return nil, err
	}
	defer k.Close()
	names, err := k.ReadSubKeyNames(maxNames + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if len(names) > maxNames {
		return nil, fs.ErrInvalid
	}
	return names, nil
}

// Registry reads one value: what stands behind the last "\" of the place. Without any it
// only says whether the key is there. Several texts come as lines, and up to eight bytes
// as a number.
func (source) Registry(ctx context.Context, r check.Read, fill ...string) (check.Value, error) {
	if !check.Allowed(r) || r.Kind != check.Registry || r.Platform != platform {
		return check.Value{}, check.ErrRefused
	}
	place, err := check.Fill(r.Where, fill)
	if err != nil {
		return check.Value{}, err
	}
	if err := ctx.Err(); err != nil {
		return check.Value{}, err
	}
	i := strings.LastIndexByte(place, '\\')
	if !isKey(place) || i < 0 {
		return check.Value{}, check.ErrRefused
	}
	k, err := openKey(place[:i], registry.QUERY_VALUE)
	if err != nil {
		return check.Value{}, err
	}
	defer k.Close()
	if place[i+1:] == "" {
		return check.Value{}, nil
	}
	return readValue(k, place[i+1:])
}

func readValue(k registry.Key, name string) (check.Value, error) {
	n, kind, err := k.GetValue(name, nil)
	if err != nil {
		return check.Value{}, err
	}
	if n > maxValue {
		return check.Value{}, fs.ErrInvalid
	}
	switch kind {
	case registry.DWORD, registry.QWORD:
		v, _, err := k.GetIntegerValue(name)
		return check.Value{Number: v}, err
	case registry.SZ, registry.EXPAND_SZ:
		v, _, err := k.GetStringValue(name)
		return check.Value{Text: v, IsText: true}, err
	case registry.MULTI_SZ:
		v, _, err := k.GetStringsValue(name)
		return check.Value{Text: strings.Join(v, "\n"), IsText: true}, err
	case registry.BINARY:
		b, _, err := k.GetBinaryValue(name)
		if err != nil || len(b) > 8 {
			return check.Value{}, errors.Join(err, fs.ErrInvalid)
		}
		return check.Value{Number: binary.LittleEndian.Uint64(append(b, make([]byte, 8-len(b))...))}, nil
	}
	return check.Value{}, fs.ErrInvalid
}
