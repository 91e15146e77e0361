package osquery

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Limits of a log.
const (
	maxEntries = 20_000              // of one log; a full megabyte has about 3,000
	maxAge     = 90 * 24 * time.Hour // a host that was offline for longer begins anew
)

// judge turns the three columns of a row into a result; false: one of them is no word of
// package wire, or they do not fit each other.
func judge(check, verdict, reason string) (wire.Result, bool) {
	r := wire.Result{Check: wire.Check(check), Verdict: wire.Verdict(verdict), Reason: wire.Reason(reason)}
	ok := slices.Contains(wire.Checks(), r.Check) && slices.Contains(wire.Verdicts(), r.Verdict)
	if r.Reason == "" {
		return r, ok && r.Verdict == wire.Pass
	}
	return r, ok && r.Reason.Fits(r.Check, r.Verdict)
}

// logged is the body of a log. What its entries hold is looked at later, if at all.
type logged struct {
	NodeKey string          `json:"node_key"`
	Type    string          `json:"log_type"`
	Data    json.RawMessage `json:"data"`
}

// moment is the time of an entry: seconds since 1970, as a number or, from older
// versions, as text.
type moment int64

// UnmarshalJSON reads it.
func (m *moment) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseInt(string(bytes.Trim(b, `"`)), 10, 64)
	if err != nil {
		return errors.New("it is no time")
	}
	*m = moment(n)
	return nil
}

// entry is one result of a query. The name of the host stands in every entry and is not
// decoded.
type entry struct {
	Name        string            `json:"name"`
	Time        moment            `json:"unixTime"`
	Action      string            `json:"action"`
	Snapshot    []json.RawMessage `json:"snapshot"`
	Columns     json.RawMessage   `json:"columns"`
	Diff        json.RawMessage   `json:"diffResults"`
	Decorations map[string]any    `json:"decorations"`
}

// said is what a host said at one moment.
type said struct {
	At      time.Time
	Results []wire.Result
}

// read takes the rows of a log that are verdicts, oldest first, and counts those that are
// anything else: these are thrown away unread. Rows of a moment that has not come count
// as said now. It is an error only when the whole is no list.
func read(data json.RawMessage, now time.Time) (list []said, refused int, err error) {
	var raw []json.RawMessage
	if err := json.Unmarshal(data, &raw); err != nil {
		return nil, 0, errors.New("the data of a log has to be a list")
	}
	if len(raw) > maxEntries {
		return nil, 0, errors.New("a log has at most 20,000 entries")
	}
	for _, b := range raw {
		at, results, bad := readEntry(b, now)
		refused += bad
		if len(results) == 0 {
			continue
		}
		i, found := slices.BinarySearchFunc(list, at, func(s said, t time.Time) int { return s.At.Compare(t) })
		if !found {
			list = slices.Insert(list, i, said{At: at})
		}
		for _, r := range results {
			list[i].add(r)
		}
	}
	return list, refused, nil
}

// add takes a result; of two of the same check the later in the log counts.
func (s *said) add(r wire.Result) {
	for i := range s.Results {
		if s.Results[i].Check == r.Check {
			s.Results[i] = r
			return
		}
	}
	s.Results = append(s.Results, r)
}

// readEntry takes one entry apart. An entry that is not a snapshot of one of our queries,
// or that carries more than its rows, is refused as one row at least.
func readEntry(b json.RawMessage, now time.Time) (time.Time, []wire.Result, int) {
	var e entry
	if json.Unmarshal(b, &e) != nil {
		return time.Time{}, nil, 1
	}
	at := time.Unix(int64(e.Time), 0)
	if at.After(now) {
		at = now
	}
	if e.Action != "snapshot" || len(e.Columns) > 0 || len(e.Diff) > 0 || len(e.Decorations) > 0 || e.Time <= 0 || now.Sub(at) > maxAge {
		return at, nil, max(1, len(e.Snapshot))
	}
	var out []wire.Result
	refused := 0
	for _, row := range e.Snapshot {
		r, ok := readRow(row)
		if !ok || Prefix+string(r.Check) != e.Name || len(out) > 0 {
			refused++
			continue
		}
		out = append(out, r)
	}
	return at.UTC(), out, refused
}

// readRow takes exactly the columns check_id, verdict and reason.
func readRow(b json.RawMessage) (wire.Result, bool) {
	var row map[string]string
	if json.Unmarshal(b, &row) != nil || len(row) != 3 {
		return wire.Result{}, false
	}
	for _, c := range []string{"check_id", "verdict", "reason"} {
		if _, ok := row[c]; !ok {
			return wire.Result{}, false
		}
	}
	return judge(row["check_id"], row["verdict"], row["reason"])
}

// enrolling is the body of an enrolment. Of what osquery tells about the host only the
// kind of platform is decoded.
type enrolling struct {
	Secret   string      `json:"enroll_secret"`
	Host     string      `json:"host_identifier"`
	Platform json.Number `json:"platform_type"`
}

// The bits of platform_type, as osquery's sources have them.
const (
	bitWindows = 0x02
	bitLinux   = 0x08
	bitMac     = 0x10
)

// platform says which family of systems a host is of.
func (e enrolling) platform() wire.Platform {
	n, err := strconv.ParseUint(e.Platform.String(), 10, 32)
	switch {
	case err != nil:
		return wire.Other
	case n&bitMac != 0:
		return wire.MacOS
	case n&bitLinux != 0:
		return wire.Linux
	case n&bitWindows != 0:
		return wire.Windows
	}
	return wire.Other
}
