package agent

import (
	"bytes"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

func tryLock(f *os.File) error {
	return windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, 1, 0, new(windows.Overlapped))
}

// syncFolder has nothing to do: Windows writes the folder with the file.
func syncFolder(string) error { return nil }

// Rights of the folders: all to the system and the administrators, and for what is no
// secret reading to the users of the machine. Nothing is taken over from the folder
// above, in which everybody may create files.
const (
	closed = "O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"
	open   = closed + "(A;OICI;FRFX;;;BU)"
)

func closeOff(p string) error { return setRights(p, closed) }
func claim(p string) error    { return setRights(p, open) }

// owned reports whether a folder is the system's, of the administrators, or of whoever
// runs this, and no junction to another one.
func owned(p string) (bool, error) {
	info, err := os.Lstat(p)
	if err != nil {
		return false, err
	}
	if !info.IsDir() {
		return false, nil
	}
	sd, err := windows.GetNamedSecurityInfo(p, windows.SE_FILE_OBJECT, windows.OWNER_SECURITY_INFORMATION)
	if err != nil {
		return false, err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return false, err
	}
	me, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return false, err
	}
	return owner.IsWellKnown(windows.WinLocalSystemSid) || owner.IsWellKnown(windows.WinBuiltinAdministratorsSid) || owner.Equals(me.User.Sid), nil
}

// setRights sets owner and rights, so that a folder which somebody put there before does
// not stay theirs.
func setRights(p, rights string) error {
	sd, err := windows.SecurityDescriptorFromString(rights)
	if err != nil {
		return err
	}
	owner, _, err := sd.Owner()
	if err != nil {
		return err
	}
	dacl, _, err := sd.DACL()
	if err != nil {
		return err
	}
	const what = windows.OWNER_SECURITY_INFORMATION | windows.DACL_SECURITY_INFORMATION | windows.PROTECTED_DACL_SECURITY_INFORMATION
	return windows.SetNamedSecurityInfo(p, windows.SE_FILE_OBJECT, what, owner, nil, dacl, nil)
}

// seal binds the key to this machine by DPAPI: a copy of the file is worth nothing on
// another one. On this one the rights of the folder protect it.
func seal(b []byte) ([]byte, error) { return protect(windows.CryptProtectData, b) }

func unseal(b []byte) ([]byte, error) {
	return protect(func(in *windows.DataBlob, _ *uint16, entropy *windows.DataBlob, r uintptr, p *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error {
		return windows.CryptUnprotectData(in, nil, entropy, r, p, flags, out)
	}, b)
}

type protector func(in *windows.DataBlob, name *uint16, entropy *windows.DataBlob, reserved uintptr, prompt *windows.CryptProtectPromptStruct, flags uint32, out *windows.DataBlob) error

func protect(f protector, b []byte) ([]byte, error) {
	if len(b) == 0 {
		return nil, errKey
	}
	const machine, quiet = 0x4, 0x1 // CRYPTPROTECT_LOCAL_MACHINE, CRYPTPROTECT_UI_FORBIDDEN
	in := windows.DataBlob{Size: uint32(len(b)), Data: &b[0]}
	var out windows.DataBlob
	if err := f(&in, nil, nil, 0, nil, machine|quiet, &out); err != nil {
		return nil, err
	}
	defer windows.LocalFree(windows.Handle(unsafe.Pointer(out.Data))) //nolint:errcheck // nothing is left to be done about it
	return bytes.Clone(unsafe.Slice(out.Data, out.Size)), nil
}
