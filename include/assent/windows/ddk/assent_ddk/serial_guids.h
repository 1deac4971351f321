// SPDX-License-Identifier: BSL-1.0
// No guard: the headers that include it decide whether it declares or defines.
DEFINE_GUID(GUID_DEVINTERFACE_COMPORT, 0x86e0d1e0, 0x8089, 0x11d0, 0x9c, 0xe4, 0x08, 0x00, 0x3e, 0x30, 0x1f,
            0x73);
