// Package osquerysim plays a machine with osquery against a server: a simulator of the
// protocol, written from osquery's documentation and sources. It runs no query, and
// osquery itself is not in it. Tests and the generator of load use it.
package osquerysim

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/toucan-grc/toucan/internal/wire"
)

// Channel is where the node key travels.
type Channel int

const (
	Both   Channel = iota // as osquery does since 2026
	Body                  // as every version before
	Header                // as a server may rely on since then
)

// MaxLines is how many entries osquery sends in one log.
const MaxLines = 1024

// Host is one machine. It is for one goroutine.
type Host struct {
	HTTP     *http.Client
	Base     string // address of the server, such as https://toucan.example
	Slug     string // of the organisation
	Secret   string
	ID       string // host identifier
	Platform wire.Platform
	Channel  Channel
	Gzip     bool // logs are packed

	Key    string // node key; empty: not enrolled
	Enrols int    // how often it enrolled
	buffer []json.RawMessage
}

// Buffered is how many entries wait to be sent.
func (h *Host) Buffered() int { return len(h.buffer) }

var types = map[wire.Platform]int{wire.Linux: 9, wire.MacOS: 21, wire.Windows: 2, wire.Other: 37}

// ErrRefused is an enrolment the server did not accept.
var ErrRefused = errors.New("osquerysim: the server refused to enrol the host")

// Enrol asks for a key. What it tells of the host is made up, and as much as osquery
// tells.
func (h *Host) Enrol(ctx context.Context) error {
	var out struct {
		NodeKey string `json:"node_key"`
		Invalid bool   `json:"node_invalid"`
	}
	err := h.post(ctx, "enroll", map[string]any{
		"enroll_secret": h.Secret, "host_identifier": h.ID, "platform_type": strconv.Itoa(types[h.Platform]),
		"host_details": map[string]any{
			"os_version":    map[string]string{"name": "Simulated", "version": "1.0", "platform": string(h.Platform)},
			"osquery_info":  map[string]string{"version": "5.20.0", "instance_id": h.ID},
			"system_info":   map[string]string{"hostname": "canary-hostname", "hardware_serial": "canary-serial", "uuid": h.ID},
			"platform_info": map[string]string{"vendor": "canary-vendor"},
		},
	}, false, false, &out)
	if err != nil {
		return err
	}
	if out.Invalid || out.NodeKey == "" {
		return ErrRefused
	}
	h.Key = out.NodeKey
	h.Enrols++
	return nil
}

// Config is what the server gives a host to do.
type Config struct {
	Options  map[string]any `json:"options"`
	Schedule map[string]struct {
		Query    string `json:"query"`
		Interval int    `json:"interval"`
		Snapshot bool   `json:"snapshot"`
	} `json:"schedule"`
}

// Config asks what to do.
func (h *Host) Config(ctx context.Context) (Config, error) {
	var c Config
	err := h.ask(ctx, "config", map[string]any{}, false, &c)
	return c, err
}

// Read asks for questions, and returns their number: a server that keeps its promise has
// none.
func (h *Host) Read(ctx context.Context) (int, error) {
	var out struct {
		Queries map[string]string `json:"queries"`
	}
	err := h.ask(ctx, "distributed/read", map[string]any{}, false, &out)
	return len(out.Queries), err
}

// Write answers questions nobody asked.
func (h *Host) Write(ctx context.Context, rows map[string][]map[string]string) error {
	return h.ask(ctx, "distributed/write", map[string]any{"queries": rows, "statuses": map[string]int{}}, false, nil)
}

// Snapshot puts the answer of a query into the buffer, as osquery does before it is sent.
func (h *Host) Snapshot(at time.Time, r wire.Result) {
	h.Row(at, "toucan_"+string(r.Check), map[string]string{"check_id": string(r.Check), "verdict": string(r.Verdict), "reason": string(r.Reason)})
}

// Row puts any row into the buffer.
func (h *Host) Row(at time.Time, query string, row map[string]string) {
	b, err := json.Marshal(map[string]any{
		"snapshot": []map[string]string{row}, "action": "snapshot", "name": query, "hostIdentifier": h.ID,
		"calendarTime": at.UTC().Format("Mon Jan _2 15:04:05 2006 UTC"), "unixTime": at.Unix(), "epoch": 0, "counter": 0, "numerics": false,
	})
	if err != nil {
		panic(err) // it is made of text and numbers
	}
	h.buffer = append(h.buffer, b)
}

// Raw puts an entry into the buffer as it is.
func (h *Host) Raw(entry string) { h.buffer = append(h.buffer, json.RawMessage(entry)) }

// Send sends what waits, as many entries at a time as osquery does. What the server did
// not take goes on waiting.
func (h *Host) Send(ctx context.Context) error {
	for len(h.buffer) > 0 {
		part := h.buffer[:min(len(h.buffer), MaxLines)]
		if err := h.ask(ctx, "log", map[string]any{"log_type": "result", "data": part}, h.Gzip, nil); err != nil {
			return err
		}
		h.buffer = h.buffer[len(part):]
	}
	return nil
}

// Status sends lines about osquery itself.
func (h *Host) Status(ctx context.Context, lines ...string) error {
	data := []map[string]any{}
	for _, l := range lines {
		data = append(data, map[string]any{"s": 2, "f": "scheduler.cpp", "i": 1, "m": l})
	}
	return h.ask(ctx, "log", map[string]any{"log_type": "status", "data": data}, h.Gzip, nil)
}

// ErrInvalid is an answer node_invalid that enrolling anew did not cure.
var ErrInvalid = errors.New("osquerysim: the server does not know the host")

// ask asks something as the host. When the server does not know it, it enrols and asks
// once more, as osquery does at its next try.
func (h *Host) ask(ctx context.Context, door string, body map[string]any, packed bool, out any) error {
	for range 2 {
		if h.Key == "" {
			if err := h.Enrol(ctx); err != nil {
				return err
			}
		}
		if h.Channel != Header {
			body["node_key"] = h.Key
		}
		var raw json.RawMessage
		if err := h.post(ctx, door, body, h.Channel != Body, packed, &raw); err != nil {
			return err
		}
		var state struct {
			Invalid bool `json:"node_invalid"`
		}
		if err := json.Unmarshal(raw, &state); err != nil {
			return err
		}
		if state.Invalid {
			h.Key = ""
			continue
		}
		if out == nil {
			return nil
		}
		return json.Unmarshal(raw, out)
	}
	return ErrInvalid
}

func (h *Host) post(ctx context.Context, door string, body map[string]any, header, packed bool, out any) error {
	b, err := json.Marshal(body)
	if err != nil {
		return err
	}
	if packed {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		_, _ = w.Write(b)
		_ = w.Close()
		b = z.Bytes()
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.Base+"/o/"+h.Slug+"/osquery/"+door, bytes.NewReader(b))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "osquery/5.20.0")
	if packed {
		r.Header.Set("Content-Encoding", "gzip")
	}
	if header {
		r.Header.Set("Authorization", "NodeKey "+h.Key)
	}
	resp, err := h.HTTP.Do(r)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 4<<20))
	if err != nil {
		return err
	}
	var fault struct {
		Error string `json:"error"`
	}
	if err := json.Unmarshal(answer, &fault); err != nil {
		return fmt.Errorf("osquerysim: %d, and no JSON: %w", resp.StatusCode, err)
	}
	if fault.Error != "" {
		return fmt.Errorf("osquerysim: %d: %s", resp.StatusCode, fault.Error)
	}
	return json.Unmarshal(answer, out)
}
