// SPDX-License-Identifier: BSL-1.0
// Volumes.
#ifndef ASSENT_WINDOWS_DDK_NTDDVOL_H
#define ASSENT_WINDOWS_DDK_NTDDVOL_H

#include "assent_ddk/volume.h"

#endif
