// SPDX-License-Identifier: BSL-1.0
// GUIDs of the Plug and Play notifications.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_WDMGUID_DEFINED)
#define ASSENT_WINDOWS_DDK_WDMGUID_DEFINED
#define ASSENT_WINDOWS_DDK_WDMGUID_H
#include "assent_ddk/pnp_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_WDMGUID_H)
#define ASSENT_WINDOWS_DDK_WDMGUID_H
#include "assent_ddk/pnp_guids.h"
#endif
