package document

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// decode turns the bytes of a text file into UTF-8 and names the encoding it
// found. note is a sentence for the person, empty when nothing was guessed.
func decode(name string, data []byte) (text, encoding, note string, err error) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe\x00\x00")), bytes.HasPrefix(data, []byte("\x00\x00\xfe\xff")):
		return "", "", "", refuse(name, "is encoded as UTF-32, which spreadsheets rarely write. Save it again as “CSV UTF-8”.")
	case bytes.HasPrefix(data, []byte("\xef\xbb\xbf")):
		text, err = decodeUTF8(name, data[3:])
		return text, "UTF-8 with BOM", "", err
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		text, err = decodeUTF16(name, data[2:], binary.LittleEndian)
		return text, "UTF-16 LE", "", err
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		text, err = decodeUTF16(name, data[2:], binary.BigEndian)
		return text, "UTF-16 BE", "", err
	}
	if order := zeroOrder(data); order != nil {
		text, err = decodeUTF16(name, data, order)
		return text, "UTF-16 " + strings.ToUpper(order.String()[:1]) + "E", "It has no byte order mark; UTF-16 was recognised by its zero bytes.", err
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", "", "", refuse(name, "has a zero byte at %s, so it is not a text file. Choose the spreadsheet itself, saved as .xlsx or CSV.", place(string(data[:i])))
	}
	if utf8.Valid(data) {
		return string(data), "UTF-8", "", nil
	}
	if good, bad := multibyte(data); good > bad { // a UTF-8 file with a damaged place, not another encoding
		_, err = decodeUTF8(name, data)
		return "", "", "", err
	}
	return decodeWestern(name, data)
}

// decodeUTF8 accepts valid UTF-8 only.
func decodeUTF8(name string, data []byte) (string, error) {
	if i := invalidUTF8(data); i >= 0 {
		return "", refuse(name, "is UTF-8, but the byte 0x%02X at %s is not valid there, so a character would be lost. "+
			"Correct that cell, or save the file again as “CSV UTF-8” or .xlsx.", data[i], place(string(data[:i])))
	}
	if i := bytes.IndexByte(data, 0); i >= 0 {
		return "", refuse(name, "has a zero byte at %s. Delete what is in that cell, or save the file again as “CSV UTF-8” or .xlsx.", place(string(data[:i])))
	}
	return string(data), nil
}

// invalidUTF8 returns the offset of the first invalid byte, or -1.
func invalidUTF8(data []byte) int {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

// multibyte counts valid multi-byte sequences and invalid bytes.
func multibyte(data []byte) (good, bad int) {
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		} else {
			good++
		}
		i += n
	}
	return good, bad
}

// zeroOrder recognises UTF-16 without a byte order mark: in Western text nearly
// every other byte is zero. It returns nil for anything else.
func zeroOrder(data []byte) binary.ByteOrder {
	sample := data[:min(len(data), 4096)]
	if len(sample) < 4 {
		return nil
	}
	var even, odd int
	for i, b := range sample {
		if b == 0 && i%2 == 0 {
			even++
		} else if b == 0 {
			odd++
		}
	}
	half := len(sample) / 2
	switch {
	case odd*10 >= half*7 && even*10 < half:
		return binary.LittleEndian
	case even*10 >= half*7 && odd*10 < half:
		return binary.BigEndian
	}
	return nil
}

func decodeUTF16(name string, data []byte, order binary.ByteOrder) (string, error) {
	if len(data)%2 != 0 {
		return "", refuse(name, "is UTF-16 but ends in the middle of a character: it was cut short. Copy it again, or save it as “CSV UTF-8” or .xlsx.")
	}
	var text strings.Builder
	text.Grow(len(data)/2 + 16)
	for i := 0; i < len(data); i += 2 {
		r := rune(order.Uint16(data[i:]))
		switch {
		case utf16.IsSurrogate(r):
			pair := rune(utf8.RuneError)
			if i+4 <= len(data) {
				pair = utf16.DecodeRune(r, rune(order.Uint16(data[i+2:])))
			}
			if pair == utf8.RuneError {
				return "", refuse(name, "is UTF-16, but half a character stands at %s. Correct that cell, or save the file again as “CSV UTF-8” or .xlsx.", place(text.String()))
			}
			r, i = pair, i+2
		case r == 0:
			return "", refuse(name, "has a zero character at %s. Delete what is in that cell, or save the file again as “CSV UTF-8” or .xlsx.", place(text.String()))
		}
		text.WriteRune(r)
	}
	return text.String(), nil
}

// decodeWestern reads the encoding of Western Windows. Without a byte from 0x80
// to 0x9F it is the same text in ISO-8859-1, and is called that.
func decodeWestern(name string, data []byte) (text, encoding, note string, err error) {
	encoding = "ISO-8859-1"
	for i, b := range data {
		if b < 0x80 || b > 0x9f {
			continue
		}
		encoding = "Windows-1252"
		switch b {
		case 0x81, 0x8d, 0x8f, 0x90, 0x9d:
			return "", "", "", refuse(name, "is neither UTF-8 nor Windows-1252: the byte 0x%02X at %s means nothing in either. Save it again as “CSV UTF-8” or .xlsx.",
				b, place(string(data[:i])))
		}
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(data)
	if err != nil {
		return "", "", "", refuse(name, "could not be read as Windows-1252. Save it again as “CSV UTF-8” or .xlsx.")
	}
	return string(out), encoding,
		fmt.Sprintf("It is not UTF-8, so it was read as %s. If names with accents look wrong, save it again as “CSV UTF-8” or .xlsx.", encoding), nil
}

// place returns "row 5, column C" for the end of prefix, which may be damaged.
func place(prefix string) string {
	prefix = strings.TrimPrefix(prefix, "\ufeff")
	delim, body, skipped := delimiter(prefix)
	p := parser{text: body, delim: delim}
	row, column := skipped, 0
	for p.next() {
		row++
		column = len(p.record) - 1
	}
	if prefix == "" || strings.HasSuffix(prefix, "\n") && !p.open {
		row, column = row+1, 0
	}
	return fmt.Sprintf("row %d, column %s", max(row, 1), ColumnName(max(column, 0)))
}
