import { Modal, UnstyledButton } from "@mantine/core";
import type { ReactNode } from "react";
import type { Micrograph } from "../api/additions.js";
import { formatPlace, parsePlace } from "../map/map-place.js";
import { MapView } from "../map/map-view.js";
import type { Scene } from "../map/scene.js";
import { useImage, useImageInParts } from "../map/use-image.js";
import { useAddress } from "../shared/address.js";
import { formatDateTime } from "../shared/format.js";
import { Failures } from "../shared/states.js";
import { UnknownParts } from "../shared/unknown-parts.js";
import classes from "./micrograph-images.module.css";

const SMALL_PX = 640;
const NOTHING_ON_IT: Scene = { items: [], path: [] };

const pathOf = ({ uuid }: Micrograph): string => `/micrographs/${encodeURIComponent(uuid)}/image`;
const nameOf = ({ acquisition_datetime }: Micrograph): string =>
  `Micrograph of ${formatDateTime(acquisition_datetime)}`;

/** The micrographs of a hole in small, where the server has their images; one of them over the whole page, down to its last pixel. */
export function MicrographImages({ micrographs }: { readonly micrographs: readonly Micrograph[] }): ReactNode {
  const address = useAddress();
  const opened = micrographs.find(({ uuid }) => uuid === address.get("micrograph")) ?? null;
  const close = (): void => {
    address.put("part", null);
    address.put("micrograph", null);
  };
  return (
    <>
      <UnknownParts of={{ micrograph: opened === null }} />
      {micrographs.map((micrograph) => (
        <SmallImage
          key={micrograph.uuid}
          micrograph={micrograph}
          onOpen={() => address.put("micrograph", micrograph.uuid, "back undoes it")}
        />
      ))}
      <Modal
        opened={opened !== null}
        onClose={close}
        title={opened === null ? "" : nameOf(opened)}
        fullScreen
        classNames={{ content: classes.content ?? "", body: classes.body ?? "" }}
        closeButtonProps={{ "aria-label": "Close the micrograph" }}
      >
        {opened !== null && <LargeImage micrograph={opened} />}
      </Modal>
    </>
  );
}

interface SmallImageProps {
  readonly micrograph: Micrograph;
  readonly onOpen: () => void;
}

function SmallImage({ micrograph, onOpen }: SmallImageProps): ReactNode {
  const { image, asked } = useImage(pathOf(micrograph), SMALL_PX);
  return (
    <>
      <Failures of={{ "the micrograph's image": asked }} />
      {image !== null && (
        <UnstyledButton onClick={onOpen} aria-label={`${nameOf(micrograph)}, larger`}>
          <img src={image.source} alt={nameOf(micrograph)} className={classes.small} />
        </UnstyledButton>
      )}
    </>
  );
}

function LargeImage({ micrograph }: { readonly micrograph: Micrograph }): ReactNode {
  const address = useAddress();
  const { image, asked } = useImageInParts(pathOf(micrograph));
  return (
    <>
      <Failures of={{ "the micrograph's image": asked }} />
      {image !== null && (
        <MapView
          description={`${nameOf(micrograph)}, ${image.width} × ${image.height} pixels.`}
          scene={NOTHING_ON_IT}
          extent={{ x: 0, y: 0, width: image.width, height: image.height }}
          image={image}
          selected={null}
          onSelect={() => undefined}
          place={parsePlace(address.get("part"))}
          onPlace={(place) => address.put("part", place === null ? null : formatPlace(place))}
          hint={() => null}
        />
      )}
    </>
  );
}
