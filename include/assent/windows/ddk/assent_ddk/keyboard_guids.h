// SPDX-License-Identifier: BSL-1.0
// No guard: the headers that include it decide whether it declares or defines.
DEFINE_GUID(GUID_DEVINTERFACE_KEYBOARD, 0x884b96c3, 0x56ef, 0x11d1, 0xbc, 0x8c, 0x00, 0xa0, 0xc9, 0x14, 0x05,
            0xdd);
