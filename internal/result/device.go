package result

import "github.com/toucan-grc/toucan/internal/wire"

// The tests about devices that Toucan answers from what devices report; their subjects
// are the devices. The library of controls names these keys.
const (
	DeviceReporting = "device.reporting"           // it was heard of lately
	DeviceOwned     = "device.registered-to-owner" // it belongs to one active person
)

var deviceTests = map[wire.Check]string{
	wire.DiskEncryption:  "device.disk-encrypted",
	wire.ScreenLock:      "device.screen-lock",
	wire.Antivirus:       "device.antivirus-on",
	wire.PasswordManager: "device.password-manager",
	wire.Firewall:        "device.firewall-on",
	wire.OSSupported:     "device.os-supported",
	wire.AutoUpdate:      "device.auto-update-on",
}

// DeviceTest is the key of the test that a check of devices answers.
func DeviceTest(c wire.Check) string { return deviceTests[c] }

// DeviceTests are the keys of all tests about devices.
func DeviceTests() []string {
	out := []string{DeviceReporting, DeviceOwned}
	for _, c := range wire.Checks() {
		out = append(out, deviceTests[c])
	}
	return out
}
