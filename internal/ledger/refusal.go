package ledger

import "fmt"

// Cause says why a log refuses to sign.
type Cause string

// The causes. Each ends with a new epoch, or with the right folder or database
// put back in its place.
const (
	Restored Cause = "restored"  // the database is older than the last checkpoint
	Rewrote  Cause = "rewrote"   // the tree does not grow out of the last checkpoint
	LostKey  Cause = "lost_key"  // the key of the epoch is not the one in the folder
	LostLast Cause = "lost_last" // the folder does not hold the last checkpoint
)

// Refusal is why a log refuses to sign, and what to do about it.
type Refusal struct {
	Cause Cause
	Why   string // one or two sentences
	Do    string
}

const begin = "If that cannot be, an administrator begins a new epoch on the page Log, with the reason; the checkpoints signed so far stay good for what they cover."

// judge says whether the tree may be signed, given what was signed before. The
// folder is written before the database, so the database can never know of more
// than the folder does unless one of the two is a copy of an earlier day.
func judge(f facts) *Refusal {
	if f.damage != nil {
		return &Refusal{LostLast, fmt.Sprintf("What the log signed last cannot be read in the folder of keys: %v.", f.damage),
			"Put the file back as it was. " + begin}
	}
	if r := judgeKey(f); r != nil {
		return r
	}
	epoch := max(f.epoch, 1)
	switch {
	case f.last == nil && f.stored != nil,
		f.last != nil && f.last.Epoch < epoch && f.stored != nil,
		f.last != nil && f.last.Epoch == epoch && f.stored != nil && f.stored.Size > f.last.Size:
		return &Refusal{LostLast, "The folder of keys does not hold the last checkpoint that the database knows of: it is a copy of an earlier day, or another server has a folder of its own.",
			"Give every server the same folder of keys, the one that is up to date. " + begin}
	case f.last == nil:
		return nil
	case f.last.Epoch > epoch:
		return &Refusal{Restored, fmt.Sprintf("The database is of an earlier day: it is in epoch %d, and epoch %d was signed already.", epoch, f.last.Epoch),
			"Put back a database that is up to date. " + begin}
	case f.last.Epoch < epoch:
		return nil // the first checkpoint of an epoch: nothing was signed under its name
	case f.last.Size > f.size:
		return &Refusal{Restored, fmt.Sprintf("The database is of an earlier day: it holds %d leaves, and a checkpoint over %d was signed on %s.",
			f.size, f.last.Size, f.last.At.Format("2 January 2006, 15:04 UTC")), "Put back a database that is up to date. " + begin}
	case f.diverged != nil:
		return &Refusal{Rewrote, fmt.Sprintf("The first %d leaves are not those that were signed on %s: the database was put back to an earlier day and grew differently, or its log was rewritten.",
			f.last.Size, f.last.At.Format("2 January 2006, 15:04 UTC")), "Put back a database that holds what was signed. " + begin}
	}
	return nil
}

// judgeKey asks for the key that signed what was signed before.
func judgeKey(f facts) *Refusal {
	switch {
	case f.epoch > 0 && f.key == nil:
		return &Refusal{LostKey, fmt.Sprintf("The key that signs checkpoints is not in the folder of keys; epoch %d was signed with it.", f.epoch),
			"Put the folder of keys back. " + begin}
	case f.epoch > 0 && f.own != f.vkey:
		return &Refusal{LostKey, fmt.Sprintf("The key in the folder of keys is not the one that signs epoch %d.", f.epoch),
			"Put back the folder that belongs to this database. " + begin}
	case f.last != nil && f.foreign && f.last.Epoch >= max(f.epoch, 1):
		return &Refusal{LostKey, "What the log signed last was not signed with the key in the folder of keys.", "Put back the folder that belongs to this database. " + begin}
	case f.epoch == 0 && f.last != nil && f.key == nil:
		return &Refusal{LostKey, "Checkpoints were signed already, and the key that signed them is not in the folder of keys.", "Put the folder of keys back. " + begin}
	}
	return nil
}
