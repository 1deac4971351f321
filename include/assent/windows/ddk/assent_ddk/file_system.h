// SPDX-License-Identifier: BSL-1.0
// What the headers of file systems name, so that their notification code compiles beside them. Declarations only: no
// function here is defined, and structures that such headers only point to are left incomplete.
#ifndef ASSENT_WINDOWS_DDK_FILE_SYSTEM_H
#define ASSENT_WINDOWS_DDK_FILE_SYSTEM_H

#include "irp.h"
#include "resource.h"

typedef ULONG_PTR EX_PUSH_LOCK, *PEX_PUSH_LOCK;
typedef PVOID OPLOCK, *POPLOCK, PNOTIFY_SYNC, PSID, PACCESS_TOKEN;

typedef struct _FAST_IO_DISPATCH FAST_IO_DISPATCH, *PFAST_IO_DISPATCH;
typedef struct _CACHE_MANAGER_CALLBACKS CACHE_MANAGER_CALLBACKS, *PCACHE_MANAGER_CALLBACKS;
typedef struct _CC_FILE_SIZES CC_FILE_SIZES, *PCC_FILE_SIZES;
typedef struct _ACCESS_STATE ACCESS_STATE, *PACCESS_STATE;
typedef struct _SECURITY_SUBJECT_CONTEXT SECURITY_SUBJECT_CONTEXT, *PSECURITY_SUBJECT_CONTEXT;
typedef struct _SECURITY_DESCRIPTOR SECURITY_DESCRIPTOR;
typedef struct _REPARSE_DATA_BUFFER REPARSE_DATA_BUFFER, *PREPARSE_DATA_BUFFER;
typedef struct _ECP_LIST ECP_LIST, *PECP_LIST;

typedef struct _SECTION_OBJECT_POINTERS {
    PVOID DataSectionObject;
    PVOID SharedCacheMap;
    PVOID ImageSectionObject;
} SECTION_OBJECT_POINTERS, *PSECTION_OBJECT_POINTERS;

typedef struct _SHARE_ACCESS {
    ULONG OpenCount;
    ULONG Readers;
    ULONG Writers;
    ULONG Deleters;
    ULONG SharedRead;
    ULONG SharedWrite;
    ULONG SharedDelete;
} SHARE_ACCESS, *PSHARE_ACCESS;

typedef struct _RTL_BITMAP {
    ULONG SizeOfBitMap;
    PULONG Buffer;
} RTL_BITMAP, *PRTL_BITMAP;

typedef struct _FILE_LOCK_INFO {
    LARGE_INTEGER StartingByte;
    LARGE_INTEGER Length;
    BOOLEAN ExclusiveLock;
    ULONG Key;
    PFILE_OBJECT FileObject;
    PVOID ProcessId;
    LARGE_INTEGER EndingByte;
} FILE_LOCK_INFO, *PFILE_LOCK_INFO;

typedef struct _FILE_LOCK {
    PVOID CompleteLockIrpRoutine;
    PVOID UnlockRoutine;
    BOOLEAN FastIoIsQuestionable;
    BOOLEAN SpareC[3];
    PVOID LockInformation;
    FILE_LOCK_INFO LastReturnedLockInfo;
    PVOID LastReturnedLock;
    LONG volatile LockRequestsInProgress;
} FILE_LOCK, *PFILE_LOCK;

#define ASSENT_DDK_COMMON_FCB_HEADER                                                                         \
    CSHORT NodeTypeCode;                                                                                     \
    CSHORT NodeByteSize;                                                                                     \
    UCHAR Flags;                                                                                             \
    UCHAR IsFastIoPossible;                                                                                  \
    UCHAR Flags2;                                                                                            \
    UCHAR Reserved : 4;                                                                                      \
    UCHAR Version : 4;                                                                                       \
    PERESOURCE Resource;                                                                                     \
    PERESOURCE PagingIoResource;                                                                             \
    LARGE_INTEGER AllocationSize;                                                                            \
    LARGE_INTEGER FileSize;                                                                                  \
    LARGE_INTEGER ValidDataLength;
typedef struct _FSRTL_COMMON_FCB_HEADER {
    ASSENT_DDK_COMMON_FCB_HEADER
} FSRTL_COMMON_FCB_HEADER, *PFSRTL_COMMON_FCB_HEADER;

typedef struct _FSRTL_ADVANCED_FCB_HEADER {
    ASSENT_DDK_COMMON_FCB_HEADER
    PFAST_MUTEX FastMutex;
    LIST_ENTRY FilterContexts;
    EX_PUSH_LOCK PushLock;
    PVOID* FileContextSupportPointer;
} FSRTL_ADVANCED_FCB_HEADER, *PFSRTL_ADVANCED_FCB_HEADER;
#undef ASSENT_DDK_COMMON_FCB_HEADER

#define FSRTL_FLAG2_IS_PAGING_FILE 0x08

typedef enum _FAST_IO_POSSIBLE {
    FastIoIsNotPossible = 0,
    FastIoIsPossible,
    FastIoIsQuestionable
} FAST_IO_POSSIBLE;

#define FSRTL_VOLUME_DISMOUNT 1
#define FSRTL_VOLUME_DISMOUNT_FAILED 2
#define FSRTL_VOLUME_LOCK 3
#define FSRTL_VOLUME_LOCK_FAILED 4
#define FSRTL_VOLUME_UNLOCK 5
#define FSRTL_VOLUME_MOUNT 6

ASSENT_DDK_C_BEGIN

NTKERNELAPI PIRP NTAPI IoGetTopLevelIrp(VOID);
NTKERNELAPI VOID NTAPI IoSetTopLevelIrp(PIRP Irp);
NTKERNELAPI NTSTATUS NTAPI FsRtlNotifyVolumeEvent(PFILE_OBJECT FileObject, ULONG EventCode);
NTKERNELAPI BOOLEAN NTAPI FsRtlOplockIsFastIoPossible(POPLOCK Oplock);
#define FsRtlAreThereCurrentFileLocks(lock) ((lock)->FastIoIsQuestionable)

ASSENT_DDK_C_END

#endif
