// SPDX-License-Identifier: BSL-1.0
// Custom target-device events of volumes and media.
// Declared once, and defined once after initguid.h, in whichever order the two headers are included.
#include "guiddef.h"

#if defined(INITGUID) && !defined(ASSENT_WINDOWS_DDK_IOEVENT_DEFINED)
#define ASSENT_WINDOWS_DDK_IOEVENT_DEFINED
#define ASSENT_WINDOWS_DDK_IOEVENT_H
#include "assent_ddk/volume_event_guids.h"
#elif !defined(ASSENT_WINDOWS_DDK_IOEVENT_H)
#define ASSENT_WINDOWS_DDK_IOEVENT_H
#include "assent_ddk/volume_event_guids.h"
#endif
