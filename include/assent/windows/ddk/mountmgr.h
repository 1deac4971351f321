// SPDX-License-Identifier: BSL-1.0
// The interface class that the mount manager watches.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_MOUNTMGR_DEFINED)
#define ASSENT_WINDOWS_DDK_MOUNTMGR_DEFINED
#define ASSENT_WINDOWS_DDK_MOUNTMGR_H
#include "assent_ddk/mount_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_MOUNTMGR_H)
#define ASSENT_WINDOWS_DDK_MOUNTMGR_H
#include "assent_ddk/mount_guids.h"
#endif
