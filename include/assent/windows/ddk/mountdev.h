// SPDX-License-Identifier: BSL-1.0
// What the mount manager asks of volumes.
#ifndef ASSENT_WINDOWS_DDK_MOUNTDEV_H
#define ASSENT_WINDOWS_DDK_MOUNTDEV_H

#include "mountmgr.h"

#endif
