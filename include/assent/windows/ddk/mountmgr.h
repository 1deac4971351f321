// SPDX-License-Identifier: BSL-1.0
// The mount manager, and the interface class that it watches.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "assent_ddk/mount_points.h"
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_MOUNTMGR_DEFINED)
#define ASSENT_WINDOWS_DDK_MOUNTMGR_DEFINED
#define ASSENT_WINDOWS_DDK_MOUNTMGR_H
#include "assent_ddk/mount_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_MOUNTMGR_H)
#define ASSENT_WINDOWS_DDK_MOUNTMGR_H
#include "assent_ddk/mount_guids.h"
#endif
