package conformance

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/device"
	"github.com/toucan-grc/toucan/internal/device/source"
	"github.com/toucan-grc/toucan/internal/job"
	"github.com/toucan-grc/toucan/internal/notify"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/remote/remotetest"
	"github.com/toucan-grc/toucan/internal/result"
	"github.com/toucan-grc/toucan/internal/seal"
	"github.com/toucan-grc/toucan/internal/wire"
)

// fleetServer is a stand-in of Fleet with one host, whose disk policy says response.
type fleetServer struct {
	*httptest.Server
	response string
	status   int // 0: it answers
}

func newFleetServer(t *testing.T) *fleetServer {
	t.Helper()
	f := &fleetServer{response: "pass"}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case f.status != 0:
			w.WriteHeader(f.status)
		case r.Header.Get("Authorization") != "Bearer api-token":
			w.WriteHeader(http.StatusUnauthorized)
		case r.URL.Path == "/api/v1/fleet/hosts/count":
			fmt.Fprint(w, `{"count":1}`)
		default:
			fmt.Fprintf(w, `{"hosts":[{"id":7,"platform":"windows","policy_updated_at":"%s","hostname":"canary","device_mapping":[{"email":"ann@one.test"}],"policies":[{"name":"Disk","response":%q}]}]}`, now.Add(-time.Minute).Format(time.RFC3339), f.response)
		}
	}))
	t.Cleanup(f.Close)
	return f
}

// sources is the store of connections of a house; addresses of this machine are allowed.
func (h *house) sources() *source.Store {
	guard, err := notify.NewGuard([]string{"127.0.0.1"})
	if err != nil {
		panic(err)
	}
	sealer, err := seal.Open(h.keys, source.SealKey, source.SealKeyCure)
	if err != nil {
		panic(err)
	}
	return source.NewStore(source.Config{DB: h.d, Log: h.log, Devices: h.devices, Seal: sealer, Guard: guard, HTTP: guard.Client(time.Minute), Clock: remotetest.NewClock(now), Machine: h.access.Machine})
}

func TestFleetSaysHowADeviceStands(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, s, f := t.Context(), h.actors[access.Administrator], h.sources(), newFleetServer(t)
		h.staff(t, "ann", "2026-01-01", now)
		at := func() time.Time { return now }
		c, err := s.Put(ctx, admin, source.New{Kind: device.Fleet, Name: "Ours", Address: f.URL, Secret: "api-token"}, now)
		must(t, err)
		must(t, s.Map(ctx, admin, c.ID, []source.Mapping{{Policy: "Disk", Check: wire.DiskEncryption}}, now))
		run, err := s.Sync(ctx, admin.Org(), c.ID, "", at)
		must(t, err)
		if run.Fault != "" || run.Heard != 1 || run.Owned != 1 || run.Created != 1 {
			t.Fatalf("the first sync: %+v", run)
		}
		one := func() device.Device {
			list, err := h.devices.List(ctx, admin, now)
			must(t, err)
			if len(list) != 1 || list[0].Platform != wire.Windows || list[0].Owner == "" || list[0].Sources[0].Kind != device.Fleet {
				t.Fatalf("the devices are %+v", list)
			}
			return list[0]
		}
		if v := one().Checks[0]; v.State != result.Pass || v.From != device.Fleet {
			t.Errorf("the disk is %+v", v)
		}
		if v := one().Checks[1]; v.State != result.CouldNotTell || v.Reason != wire.NotReported {
			t.Errorf("the screen lock is %+v", v)
		}
		f.response = "fail"
		run, err = s.Sync(ctx, admin.Org(), c.ID, "", at)
		must(t, err)
		if v := one().Checks[0]; run.Changed != 1 || run.Created != 0 || v.State != result.Fail || v.Reason != wire.NotMet {
			t.Errorf("then it is %+v, %+v", v, run)
		}
		for _, status := range []int{500, 401, 403} {
			f.status = status
			run, err = s.Sync(ctx, admin.Org(), c.ID, "", at)
			if must(t, err); run.Fault == "" || run.Changed+run.Created+run.Heard != 0 {
				t.Errorf("%d: %+v", status, run)
			}
			if v := one().Checks[0]; v.State != result.Fail {
				t.Errorf("%d changed the disk to %+v", status, v)
			}
		}
		got, err := s.Find(ctx, admin, c.ID)
		if must(t, err); got.Last.ID != run.ID || !strings.Contains(got.Last.Fault, "403") || got.Usage.Calls == 0 {
			t.Errorf("the connection says %+v", got)
		}
		runs, err := s.Runs(ctx, admin, c.ID)
		if must(t, err); len(runs) != 5 {
			t.Errorf("%d runs are kept", len(runs))
		}
	})
}

func TestAConnectionIsPausedReopenedAndEnded(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		ctx, admin, s, f := t.Context(), h.actors[access.Administrator], h.sources(), newFleetServer(t)
		c, err := s.Put(ctx, admin, source.New{Kind: device.Fleet, Address: f.URL, Secret: "wrong"}, now)
		must(t, err)
		at := func() time.Time { return now }
		run, err := s.Sync(ctx, admin.Org(), c.ID, "", at)
		if must(t, err); !strings.Contains(run.Fault, "401") {
			t.Errorf("with a wrong secret: %+v", run)
		}
		must(t, s.Reopen(ctx, admin, c.ID, "", "api-token", now))
		if run, err = s.Sync(ctx, admin.Org(), c.ID, "", at); err != nil || run.Fault != "" {
			t.Errorf("with the right one: %+v, %v", run, err)
		}
		waits := func(later time.Duration) int {
			n := h.jobsOf(t, "device.sync")
			must(t, s.Round(ctx, admin.Org(), now.Add(later)))
			return h.jobsOf(t, "device.sync") - n
		}
		if n := waits(10 * time.Minute); n != 0 {
			t.Errorf("ten minutes after a sync %d were queued", n)
		}
		must(t, s.Pause(ctx, admin, c.ID, true, now))
		if n := waits(2 * time.Hour); n != 0 {
			t.Errorf("of a paused connection %d were queued", n)
		}
		must(t, s.Pause(ctx, admin, c.ID, false, now))
		if n := waits(2 * time.Hour); n != 1 {
			t.Errorf("two hours after a sync %d were queued", n)
		}
		must(t, s.Delete(ctx, admin, c.ID, now))
		if _, err := s.Find(ctx, admin, c.ID); problem.Of(err).Code != problem.NotFound {
			t.Errorf("one that ended: %v", err)
		}
		if _, err := s.Find(ctx, h.other, c.ID); problem.Of(err).Code != problem.NotFound {
			t.Errorf("of another organisation: %v", err)
		}
		if err := s.Pause(ctx, h.other, c.ID, true, now); problem.Of(err).Code != problem.NotFound {
			t.Errorf("paused from another organisation: %v", err)
		}
		kinds := h.kinds(t, admin.Org(), 0)
		n := 0
		for _, k := range kinds {
			if k == "device.connection" {
				n++
			}
		}
		if n != 5 { // made, secret, paused, resumed, ended
			t.Errorf("the log has %d leaves of the connection", n)
		}
		records, err := h.log.Records(ctx, h.d, admin.Org(), 0, 10_000)
		must(t, err)
		if text := fmt.Sprintf("%+v", records); strings.Contains(text, "api-token") {
			t.Error("the log holds a secret")
		}
		must(t, h.log.Verify(ctx, h.d, admin.Org()))
	})
}

// jobsOf counts the jobs of a kind.
func (h *house) jobsOf(t *testing.T, kind string) int {
	t.Helper()
	list, err := h.jobs.List(t.Context(), h.actors[access.Administrator], job.All, 0, 100)
	must(t, err)
	return len(slices.DeleteFunc(list, func(j job.Job) bool { return j.Kind != kind }))
}
