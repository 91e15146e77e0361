package web

import "github.com/toucan-grc/toucan/internal/access"

// deviceRoutes are the pages about devices; the list itself is one of registers. The
// page of one device is for its owner as well: the store says whose it is.
func deviceRoutes() []route {
	return []route{
		{"GET", "/o/{org}/my/devices", member, access.UseDevices, 0, (*Server).getOwnDevices},
		{"GET", "/o/{org}/my/devices/packages/{name}", member, access.UseDevices, 0, (*Server).getAgentPackage},
		{"POST", "/o/{org}/my/devices/code", member, access.UseDevices, 0, (*Server).postDeviceCode},
		{"POST", "/o/{org}/my/devices/claim", member, access.UseDevices, 0, (*Server).postClaimDevice},
		{"GET", "/o/{org}/devices/checks", member, access.ViewDevices, 0, (*Server).getDeviceChecks},
		{"GET", "/o/{org}/devices/settings", member, access.ViewDevices, 0, (*Server).getDeviceSettings},
		{"POST", "/o/{org}/devices/settings", member, access.ManageDevices, 0, (*Server).postDeviceSettings},
		{"POST", "/o/{org}/devices/codes", member, access.ManageDevices, 0, (*Server).postDeviceOrgCode},
		{"POST", "/o/{org}/devices/codes/{code}/end", member, access.ManageDevices, 0, (*Server).postDeviceOrgCodeEnd},
		{"GET", "/o/{org}/devices/sources", member, access.ManageDevices, 0, (*Server).getDeviceSources},
		{"POST", "/o/{org}/devices/sources", member, access.ManageDevices, 0, (*Server).postDeviceSource},
		{"POST", "/o/{org}/devices/sources/{connection}/do", member, access.ManageDevices, 0, (*Server).postDeviceSourceAct},
		{"POST", "/o/{org}/devices/sources/{connection}/secret", member, access.ManageDevices, 0, (*Server).postDeviceSourceSecret},
		{"POST", "/o/{org}/devices/sources/{connection}/mapping", member, access.ManageDevices, 0, (*Server).postDeviceSourceMapping},
		{"POST", "/o/{org}/devices/osquery", member, access.ManageDevices, 0, (*Server).postHostSecret},
		{"POST", "/o/{org}/devices/osquery/{secret}/end", member, access.ManageDevices, 0, (*Server).postHostSecretEnd},
		{"POST", "/o/{org}/devices/osquery/{secret}/most", member, access.ManageDevices, 0, (*Server).postHostSecretMost},
		{"GET", "/o/{org}/devices/{device}", member, access.UseDevices, 0, (*Server).getDevice},
		{"POST", "/o/{org}/devices/{device}/name", member, access.UseDevices, 0, (*Server).postDeviceName},
		{"POST", "/o/{org}/devices/{device}/anew", member, access.UseDevices, 0, (*Server).postDeviceAnew},
		{"POST", "/o/{org}/devices/{device}/lose", member, access.UseDevices, 0, (*Server).postDeviceLose},
		{"POST", "/o/{org}/devices/{device}/restore", member, access.UseDevices, 0, (*Server).postDeviceRestore},
		{"POST", "/o/{org}/devices/{device}/owner", member, access.ManageDevices, 0, (*Server).postDeviceOwner},
		{"POST", "/o/{org}/devices/{device}/retire", member, access.ManageDevices, 0, (*Server).postDeviceRetire},
		{"POST", "/o/{org}/devices/{device}/waive", member, access.ManageDevices, 0, (*Server).postDeviceWaive},
		{"POST", "/o/{org}/devices/{device}/waivers/{waiver}/end", member, access.ManageDevices, 0, (*Server).postDeviceWaiverEnd},
		{"POST", "/o/{org}/devices/{device}/say", member, access.ManageDevices, 0, (*Server).postDeviceSay},
	}
}
