// SPDX-License-Identifier: BSL-1.0
// No guard: the headers that include it decide whether it declares or defines.
DEFINE_GUID(GUID_DEVINTERFACE_HID, 0x4d1e55b2, 0xf16f, 0x11cf, 0x88, 0xcb, 0x00, 0x11, 0x11, 0x00, 0x00,
            0x30);
