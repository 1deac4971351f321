// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_LIST_H
#define ASSENT_WINDOWS_DDK_LIST_H

#include "types.h"

ASSENT_DDK_C_BEGIN

ASSENT_DDK_INLINE VOID InitializeListHead(PLIST_ENTRY head) {
    head->Flink = head;
    head->Blink = head;
}

ASSENT_DDK_INLINE BOOLEAN IsListEmpty(const LIST_ENTRY* head) { return head->Flink == head ? TRUE : FALSE; }

ASSENT_DDK_INLINE VOID InsertHeadList(PLIST_ENTRY head, PLIST_ENTRY entry) {
    entry->Flink = head->Flink;
    entry->Blink = head;
    head->Flink->Blink = entry;
    head->Flink = entry;
}

ASSENT_DDK_INLINE VOID InsertTailList(PLIST_ENTRY head, PLIST_ENTRY entry) {
    entry->Flink = head;
    entry->Blink = head->Blink;
    head->Blink->Flink = entry;
    head->Blink = entry;
}

// Says whether the list is empty afterwards.
ASSENT_DDK_INLINE BOOLEAN RemoveEntryList(PLIST_ENTRY entry) {
    PLIST_ENTRY next = entry->Flink;
    PLIST_ENTRY previous = entry->Blink;
    previous->Flink = next;
    next->Blink = previous;
    return next == previous ? TRUE : FALSE;
}

ASSENT_DDK_INLINE PLIST_ENTRY RemoveHeadList(PLIST_ENTRY head) {
    PLIST_ENTRY entry = head->Flink;
    (void)RemoveEntryList(entry);
    return entry;
}

ASSENT_DDK_INLINE PLIST_ENTRY RemoveTailList(PLIST_ENTRY head) {
    PLIST_ENTRY entry = head->Blink;
    (void)RemoveEntryList(entry);
    return entry;
}

ASSENT_DDK_INLINE VOID AppendTailList(PLIST_ENTRY head, PLIST_ENTRY appended) {
    PLIST_ENTRY last = head->Blink;
    last->Flink = appended;
    head->Blink = appended->Blink;
    appended->Blink->Flink = head;
    appended->Blink = last;
}

ASSENT_DDK_INLINE VOID PushEntryList(PSINGLE_LIST_ENTRY head, PSINGLE_LIST_ENTRY entry) {
    entry->Next = head->Next;
    head->Next = entry;
}

ASSENT_DDK_INLINE PSINGLE_LIST_ENTRY PopEntryList(PSINGLE_LIST_ENTRY head) {
    PSINGLE_LIST_ENTRY first = head->Next;
    if (first != NULL) head->Next = first->Next;
    return first;
}

ASSENT_DDK_C_END

#endif
