package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/toucan-grc/toucan/internal/agent/check"
)

// calls are the functions of Windows that are called, by the name in the table. Each gets
// the words behind the name.
var calls = map[string]func(words []string) (int64, error){
	"ntdll.dll!RtlGetVersion":                       func([]string) (int64, error) { return int64(windows.RtlGetVersion().BuildNumber), nil },
	"wscapi.dll!WscGetSecurityProviderHealth":       securityHealth,
	"advapi32.dll!QueryServiceStatus":               serviceState,
	"powrprof.dll!PowerReadACValueIndex":            func(w []string) (int64, error) { return powerValue("PowerReadACValueIndex", w) },
	"powrprof.dll!PowerReadDCValueIndex":            func(w []string) (int64, error) { return powerValue("PowerReadDCValueIndex", w) },
	"shell32.dll!SHGetPropertyStoreFromParsingName": volumeProperty,
}

// Call calls one function. It waits as long as a program may take: a service that hangs
// would otherwise hold up every check.
func (source) Call(ctx context.Context, r check.Read, fill ...string) (int64, error) {
	if !check.Allowed(r) || r.Kind != check.Call || r.Platform != platform {
		return 0, check.ErrRefused
	}
	where, words, _ := strings.Cut(r.Where, " ")
	f := calls[where]
	if f == nil {
		return 0, check.ErrRefused
	}
	args := strings.Fields(words)
	for i, a := range args {
		if !strings.Contains(a, "{") {
			continue
		}
		if len(fill) == 0 {
			return 0, check.ErrRefused
		}
		v, err := check.Fill(a, fill[:1])
		if err != nil {
			return 0, err
		}
		args[i], fill = v, fill[1:]
	}
	if len(fill) > 0 {
		return 0, check.ErrRefused
	}
	ctx, cancel := context.WithTimeout(ctx, commandFor)
	defer cancel()
	type answer struct {
		n   int64
		err error
	}
	done := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // COM belongs to a thread
		defer runtime.UnlockOSThread()
		n, err := f(args)
		done <- answer{n, err}
	}()
	select {
	case a := <-done:
		return a.n, a.err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// procedure finds a function of a library in the folder of Windows; one that is not there
// is fs.ErrNotExist, as the Security Center on a server.
func procedure(library, name string) (*windows.LazyProc, error) {
	p := windows.NewLazySystemDLL(library).NewProc(name)
	if err := p.Find(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	return p, nil
}

// failed turns an HRESULT into an error.
func failed(hr uintptr) error {
	code := uint32(hr) //nolint:gosec // an HRESULT has 32 bits
	switch {
	case code&0x80000000 == 0:
		return nil
	case code == 0x80070005:
		return fs.ErrPermission
	case code == 0x80070002, code == 0x80070003:
		return fs.ErrNotExist
	}
	return fmt.Errorf("HRESULT %#x", code)
}

// withCOM runs f in an apartment of COM.
func withCOM(f func() (int64, error)) (int64, error) {
	err := windows.CoInitializeEx(0, windows.COINIT_APARTMENTTHREADED)
	if err != nil && !errors.Is(err, syscall.Errno(1)) { // 1: there was one already
		return 0, err
	}
	defer windows.CoUninitialize()
	return f()
}

// securityHealth asks the Windows Security Center about a kind of provider. Where its
// service does not run nobody knows, as on a server.
func securityHealth(words []string) (int64, error) {
	provider, ok := map[string]uintptr{"FIREWALL": 1, "ANTIVIRUS": 4}[strings.Join(words, " ")]
	if !ok {
		return 0, check.ErrRefused
	}
	p, err := procedure("wscapi.dll", "WscGetSecurityProviderHealth")
	if err != nil {
		return 0, err
	}
	return withCOM(func() (int64, error) {
		var health int32
		hr, _, _ := p.Call(provider, uintptr(unsafe.Pointer(&health)))
		if err := failed(hr); err != nil {
			return 0, err
		}
		if hr == 1 { // S_FALSE: the service is not running
			return 0, fs.ErrNotExist
		}
		return int64(health), nil
	})
}

// serviceState is the state of a service: 4 is running. One that is not installed is
// fs.ErrNotExist.
func serviceState(words []string) (int64, error) {
	name, err := windows.UTF16PtrFromString(strings.Join(words, " "))
	if err != nil {
		return 0, err
	}
	m, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT)
	if err != nil {
		return 0, err
	}
	defer func() { _ = windows.CloseServiceHandle(m) }()
	s, err := windows.OpenService(m, name, windows.SERVICE_QUERY_STATUS)
	if errors.Is(err, windows.ERROR_SERVICE_DOES_NOT_EXIST) {
		return 0, fs.ErrNotExist
	}
	if err != nil {
		return 0, err
	}
	defer func() { _ = windows.CloseServiceHandle(s) }()
	var status windows.SERVICE_STATUS
	if err := windows.QueryServiceStatus(s, &status); err != nil {
		return 0, err
	}
	return int64(status.CurrentState), nil
}

// powerSettings are settings of a power plan: their group, and their own number.
var powerSettings = map[string][2]windows.GUID{
	"SUB_NONE CONSOLELOCK":  {guid("{FEA3413E-7E05-4911-9A71-700331F1C294}"), guid("{0E796BDB-100D-47D6-A2D5-F7D2DAA51F51}")},
	"SUB_SLEEP STANDBYIDLE": {guid("{238C9FA8-0AAD-41ED-83F4-97BE242C8F20}"), guid("{29F6C1DB-86DA-48C5-9FDB-F2B67B1F44DA}")},
	"SUB_VIDEO VIDEOIDLE":   {guid("{7516B95F-F776-4464-8C53-06167F40CC99}"), guid("{3C0BC021-C8A8-4E07-A973-6B14CBCB2B7E}")},
}

func guid(s string) windows.GUID {
	g, err := windows.GUIDFromString(s)
	if err != nil {
		panic(err)
	}
	return g
}

// powerValue reads a setting of the power plan in force.
func powerValue(function string, words []string) (int64, error) {
	setting, ok := powerSettings[strings.Join(words, " ")]
	if !ok {
		return 0, check.ErrRefused
	}
	active, err := procedure("powrprof.dll", "PowerGetActiveScheme")
	if err != nil {
		return 0, err
	}
	read, err := procedure("powrprof.dll", function)
	if err != nil {
		return 0, err
	}
	var scheme *windows.GUID
	if code, _, _ := active.Call(0, uintptr(unsafe.Pointer(&scheme))); code != 0 {
		return 0, syscall.Errno(code)
	}
	defer func() { _, _ = windows.LocalFree(windows.Handle(uintptr(unsafe.Pointer(scheme)))) }()
	var value uint32
	code, _, _ := read.Call(0, uintptr(unsafe.Pointer(scheme)), uintptr(unsafe.Pointer(&setting[0])), uintptr(unsafe.Pointer(&setting[1])), uintptr(unsafe.Pointer(&value)))
	if code != 0 {
		return 0, syscall.Errno(code)
	}
	return int64(value), nil
}

// propertyStore is IPropertyStore of COM, as far as it is used.
type propertyStore struct {
	methods *struct {
		queryInterface, addRef, release          uintptr
		getCount, getAt, getValue, set, commitIt uintptr
	}
}

// propertyKey is PROPERTYKEY, and variant is PROPVARIANT.
type (
	propertyKey struct {
		format windows.GUID
		number uint32
	}
	variant struct {
		kind     uint16
		reserved [3]uint16
		value    [2]uint64 // of which the first 4 bytes are used
	}
)

var propertyStoreID = guid("{886D8EEB-8CF2-4446-8D02-CDBA1DBDCF99}")

// volumeProperty reads a property of a drive that the Explorer shows, a whole number.
func volumeProperty(words []string) (int64, error) {
	if len(words) != 2 {
		return 0, check.ErrRefused
	}
	get, err := procedure("shell32.dll", "SHGetPropertyStoreFromParsingName")
	if err != nil {
		return 0, err
	}
	find, err := procedure("propsys.dll", "PSGetPropertyKeyFromName")
	if err != nil {
		return 0, err
	}
	forget, err := procedure("ole32.dll", "PropVariantClear")
	if err != nil {
		return 0, err
	}
	name, err := windows.UTF16PtrFromString(words[0])
	if err != nil {
		return 0, err
	}
	drive, err := windows.UTF16PtrFromString(words[1] + `\`)
	if err != nil {
		return 0, err
	}
	return withCOM(func() (int64, error) {
		var key propertyKey
		if hr, _, _ := find.Call(uintptr(unsafe.Pointer(name)), uintptr(unsafe.Pointer(&key))); failed(hr) != nil {
			return 0, failed(hr)
		}
		var store *propertyStore
		hr, _, _ := get.Call(uintptr(unsafe.Pointer(drive)), 0, 0, uintptr(unsafe.Pointer(&propertyStoreID)), uintptr(unsafe.Pointer(&store)))
		if err := failed(hr); err != nil || store == nil {
			return 0, errors.Join(err, fs.ErrInvalid)
		}
		defer func() { _, _, _ = syscall.SyscallN(store.methods.release, uintptr(unsafe.Pointer(store))) }()
		var v variant
		hr, _, _ = syscall.SyscallN(store.methods.getValue, uintptr(unsafe.Pointer(store)), uintptr(unsafe.Pointer(&key)), uintptr(unsafe.Pointer(&v)))
		if err := failed(hr); err != nil {
			return 0, err
		}
		defer func() { _, _, _ = forget.Call(uintptr(unsafe.Pointer(&v))) }()
		return v.number()
	})
}

// number is the value of a variant that is a whole number of 32 bits.
func (v variant) number() (int64, error) {
	const signed, unsigned = 3, 19 // VT_I4, VT_UI4
	if v.kind != signed && v.kind != unsigned {
		return 0, fmt.Errorf("a property of kind %d: %w", v.kind, fs.ErrInvalid)
	}
	return int64(v.value[0] & 0xffffffff), nil //nolint:gosec // 32 bits fit
}
