// SPDX-License-Identifier: BSL-1.0
// Disks.
#ifndef ASSENT_WINDOWS_DDK_NTDDDISK_H
#define ASSENT_WINDOWS_DDK_NTDDDISK_H

#include "assent_ddk/disk.h"
#include "ntddstor.h"

#endif
