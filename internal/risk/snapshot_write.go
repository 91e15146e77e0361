package risk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/toucan-grc/toucan/internal/access"
	"github.com/toucan-grc/toucan/internal/approval"
	"github.com/toucan-grc/toucan/internal/db"
	"github.com/toucan-grc/toucan/internal/document"
	"github.com/toucan-grc/toucan/internal/evidence"
	"github.com/toucan-grc/toucan/internal/framework"
	"github.com/toucan-grc/toucan/internal/problem"
	"github.com/toucan-grc/toucan/internal/task"
)

// EvidenceKind is the kind of evidence an approved assessment becomes.
const EvidenceKind = "risk-assessment-report"

// snapshotFact is what the log says of a snapshot.
type snapshotFact struct {
	Snapshot     string      `json:"snapshot"`
	Title        string      `json:"title"`
	Note         string      `json:"note"`
	Method       string      `json:"method"`
	Participants []string    `json:"participants"`
	Risks        int         `json:"risks"`
	Digest       string      `json:"digest"`
	State        MethodState `json:"state"`
	Item         string      `json:"item"`
}

func (s Snapshot) fact() snapshotFact {
	return snapshotFact{s.ID, s.Title, s.Note, s.Method, s.Participants, s.Count, s.Digest, s.State, s.Item}
}

func (s Snapshot) subject() approval.Subject {
	return approval.Subject{Kind: approval.RiskAssessment, ID: s.ID, Version: "1", Digest: s.Digest, Words: s.Title}
}

// Freeze keeps the whole register as it is: scores, versions of the method, plans and
// acceptances. It waits for somebody else to approve it, and becomes evidence then.
func (s *Store) Freeze(ctx context.Context, who access.Actor, title, note string, participants []string, now time.Time) (Snapshot, error) {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return Snapshot{}, err
	}
	var out Snapshot
	var err error
	if out.Title, err = db.Line("title", "The title", title, maxTitle); err != nil {
		return out, err
	}
	if out.Title == "" {
		return out, problem.Field("title", "Give the assessment a title, such as “Risk assessment 2026”.")
	}
	if out.Note, err = db.Prose("note", "The note", note, maxPart); err != nil {
		return out, err
	}
	if len(participants) == 0 {
		return out, problem.Field("participants", "Say who took part in the assessment.")
	}
	r, err := s.Register(ctx, who, now)
	if err != nil {
		return out, err
	}
	out.Risks = r.freeze()
	if len(out.Risks) == 0 {
		return out, problem.New(problem.Conflict, "The register is empty. There is nothing to freeze.")
	}
	body, err := json.Marshal(out.Risks)
	if err != nil {
		return out, err
	}
	sum := sha256.Sum256(body)
	now = moment(now)
	out.ID, out.Method, out.Participants, out.Count, out.Digest = newID(), r.Method.Version, participants, len(out.Risks), hex.EncodeToString(sum[:])
	out.State, out.At, out.By, out.ByName = MethodWaits, now, who.Account(), who.Name()
	passed := false
	err = s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		for _, p := range participants {
			if err := personExists(ctx, tx, who.Org(), p); err != nil {
				return problem.Field("participants", "Somebody named is not in the people register. Choose from the list.")
			}
		}
		_, err := tx.Exec(ctx, `INSERT INTO risk_snapshot (org, id, title, note, method, participants, risks, digest, body, state, at, account) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
			who.Org(), out.ID, out.Title, out.Note, out.Method, strings.Join(participants, ";"), out.Count, out.Digest, string(body), string(out.State), db.Micros(now), who.Account())
		if err != nil {
			return err
		}
		if err := s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindFrozen, out.fact()}); err != nil {
			return err
		}
		a, err := s.approvals.Open(ctx, tx, who.Org(), who.Account(), approval.Ask{Subject: out.subject(), Author: who.Account()}, now)
		passed = a.State == approval.Approved
		return err
	})
	if err != nil || !passed {
		return out, err
	}
	return out, s.file(ctx, who, &out, func(context.Context, *db.Tx) (approval.State, error) { return approval.Approved, nil }, now)
}

// Snapshots returns all snapshots without their risks, the newest first.
func (s *Store) Snapshots(ctx context.Context, who access.Actor) ([]Snapshot, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return nil, err
	}
	var out []Snapshot
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = ReadSnapshots(ctx, tx, who.Org())
		return err
	})
	return out, err
}

// ReadSnapshots reads all snapshots without their risks, the newest first, in the
// caller's transaction.
func ReadSnapshots(ctx context.Context, tx *db.Tx, org string) ([]Snapshot, error) {
	return readSnapshots(ctx, tx, org, `''`, "")
}

// readSnapshot reads one snapshot with its risks in the caller's transaction.
func readSnapshot(ctx context.Context, tx *db.Tx, org, id string) (Snapshot, error) {
	list, err := readSnapshots(ctx, tx, org, `s.body`, known(id))
	if err == nil && (len(list) == 0 || known(id) == "") {
		err = problem.New(problem.NotFound, "There is no such snapshot. Look in the list.")
	}
	if err != nil {
		return Snapshot{}, err
	}
	return list[0], nil
}

func readSnapshots(ctx context.Context, tx *db.Tx, org, body, id string) ([]Snapshot, error) {
	where, args := only(org, "s.id", id)
	rows, err := tx.Query(ctx, `SELECT s.id, s.title, s.note, s.method, s.participants, s.risks, s.digest, s.state, s.item, s.at, s.account, a.name, s.approved_at, `+body+`
		FROM risk_snapshot s JOIN account a ON a.id = s.account WHERE s.org = $1`+where+` ORDER BY s.at DESC, s.id DESC`, args...)
	if err != nil {
		return nil, err
	}
	var out []Snapshot
	err = db.Each(rows, func(scan func(...any) error) error {
		var x Snapshot
		var participants, text string
		var at, approved int64
		err := scan(&x.ID, &x.Title, &x.Note, &x.Method, &participants, &x.Count, &x.Digest, &x.State, &x.Item, &at, &x.By, &x.ByName, &approved, &text)
		if err != nil {
			return err
		}
		x.Participants, x.At, x.ApprovedAt = parts(participants), db.Time(at), db.Time(approved)
		if text != "" {
			x.Risks, err = thaw(text)
		}
		out = append(out, x)
		return err
	})
	return out, err
}

// FrozenReport is a snapshot as a document.
func (s *Store) FrozenReport(ctx context.Context, who access.Actor, id string) (document.Report, error) {
	x, err := s.Snapshot(ctx, who, id)
	if err != nil {
		return document.Report{}, err
	}
	return s.frozenReport(ctx, who, x)
}

// Snapshot returns one snapshot with its risks.
func (s *Store) Snapshot(ctx context.Context, who access.Actor, id string) (Snapshot, error) {
	if err := who.May(access.ViewRisks); err != nil {
		return Snapshot{}, err
	}
	var out Snapshot
	err := s.DB.Read(ctx, who.Org(), func(tx *db.Tx) (err error) {
		out, err = readSnapshot(ctx, tx, who.Org(), id)
		return err
	})
	return out, err
}

// DecideSnapshot records a yes or a no to a snapshot that waits. With the last yes
// it becomes evidence.
func (s *Store) DecideSnapshot(ctx context.Context, who access.Actor, id string, yes bool, reason string, now time.Time) (approval.Approval, error) {
	if err := who.May(access.ManageRiskMethod); err != nil {
		return approval.Approval{}, err
	}
	x, err := s.Snapshot(ctx, who, id)
	if err != nil {
		return approval.Approval{}, err
	}
	if x.State != MethodWaits {
		return approval.Approval{}, problem.New(problem.Conflict, "This assessment no longer waits for approval.")
	}
	var a approval.Approval
	err = s.file(ctx, who, &x, func(ctx context.Context, tx *db.Tx) (approval.State, error) {
		a, err = s.approvals.Decide(ctx, tx, who, approval.Ask{Subject: x.subject(), Author: x.By, At: x.At}, yes, reason, now)
		return a.State, err
	}, now)
	return a, err
}

// file decides about a snapshot, and makes it evidence when it was approved: the
// report and the register as a program reads it.
func (s *Store) file(ctx context.Context, who access.Actor, x *Snapshot, decide func(context.Context, *db.Tx) (approval.State, error), now time.Time) error {
	now = moment(now)
	files, err := s.stage(ctx, who, x, now)
	if err != nil {
		return err
	}
	return s.DB.Write(ctx, who.Org(), db.People, func(ctx context.Context, tx *db.Tx) error {
		state, err := decide(ctx, tx)
		if err != nil || state == approval.Open {
			return err
		}
		x.State = MethodRejected
		if state == approval.Approved {
			x.State, x.ApprovedAt = MethodApproved, now
			if x.Item, err = s.issue(ctx, tx, who, x, files, now); err != nil {
				return err
			}
			about := task.Subject{Kind: SubjectRegister, ID: who.Org()}
			if _, err := task.Close(ctx, tx, s.Log, who.Org(), who.Account(), task.Closing{Subject: about, State: task.Done, Reason: "The assessment was approved.", Quiet: true}, now); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE risk_snapshot SET state = $3, item = $4, approved_at = $5 WHERE org = $1 AND id = $2 AND state = 'waits'`, who.Org(), x.ID, string(x.State), x.Item, db.Micros(x.ApprovedAt)); err != nil {
			return err
		}
		return s.record(ctx, tx, who.Org(), who.Account(), now, act{"", kindFrozenEnd, x.fact()})
	})
}

// stage takes in the files of a snapshot. What nobody makes evidence of goes again.
func (s *Store) stage(ctx context.Context, who access.Actor, x *Snapshot, now time.Time) ([]evidence.File, error) {
	if s.Evidence == nil {
		return nil, nil
	}
	report, err := s.frozenReport(ctx, who, *x)
	if err != nil {
		return nil, err
	}
	pdf, err := report.PDF()
	if err != nil {
		return nil, err
	}
	body, err := json.MarshalIndent(x.Risks, "", "\t")
	if err != nil {
		return nil, err
	}
	var out []evidence.File
	for _, f := range []struct {
		name string
		data []byte
	}{{"risk-assessment.pdf", pdf}, {"risk-register.json", body}} {
		kept, err := s.Evidence.Stage(ctx, who.Org(), who.Account(), f.name, bytes.NewReader(f.data), now)
		if err != nil {
			return nil, err
		}
		out = append(out, kept)
	}
	return out, nil
}

// bears are the requirements that an approved assessment is evidence for.
var bears = []framework.Ref{
	{Framework: "iso27001-2022", ID: "6.1.2"}, {Framework: "iso27001-2022", ID: "6.1.3"}, {Framework: "iso27001-2022", ID: "8.2"}, {Framework: "iso27001-2022", ID: "8.3"},
	{Framework: "soc2-2017", ID: "CC3.1"}, {Framework: "soc2-2017", ID: "CC3.2"}, {Framework: "soc2-2017", ID: "CC3.3"}, {Framework: "soc2-2017", ID: "CC3.4"}, {Framework: "soc2-2017", ID: "CC9.1"},
}

func (s *Store) issue(ctx context.Context, tx *db.Tx, who access.Actor, x *Snapshot, files []evidence.File, now time.Time) (string, error) {
	if s.Evidence == nil {
		return "", nil
	}
	has, err := s.requirements(ctx, tx, who.Org(), now)
	if err != nil {
		return "", err
	}
	f := evidence.Filing{Title: x.Title, Kind: EvidenceKind, CapturedAt: x.At, ValidFor: 365 * 24 * time.Hour, Collector: "Toucan", Files: files, Key: "risk-snapshot-" + x.ID,
		Note: fmt.Sprintf("%s frozen under method %s, approved on %s.", counted(x.Count, "risk"), x.Method, now.Format(time.DateOnly))}
	for _, ref := range bears {
		if has(ref) {
			f.Requirements = append(f.Requirements, ref)
		}
	}
	i, err := s.Evidence.Issue(ctx, tx, who.Org(), who.Account(), f, now)
	return i.ID, err
}
