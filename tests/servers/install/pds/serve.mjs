// A PDS and the directory of its accounts on loopback: node serve.mjs PORT OF-THE-DIRECTORY FOLDER APPVIEW
import net from 'node:net'
import path from 'node:path'
import { PDS } from '@atproto/pds'
import { Secp256k1Keypair } from '@atproto/crypto'
import plc from '@did-plc/server'

// Both name no address to listen at, which means all of them.
const listen = net.Server.prototype.listen
net.Server.prototype.listen = function (where, ...others) {
  return listen.call(this, { port: where.port ?? where, host: '127.0.0.1' }, others.find((one) => typeof one === 'function'))
}

const [port, directory, folder, appview] = process.argv.slice(2)
const key = async () => Secp256k1Keypair.create({ exportable: true })

await plc.PlcServer.create({ db: plc.Database.mock(), port: Number(directory) }).start()
const pds = await PDS.fromEnv({
  devMode: true,
  port: Number(port),
  hostname: 'localhost',
  dataDirectory: folder,
  blobstoreDiskLocation: path.join(folder, 'blobs'),
  didPlcUrl: `http://localhost:${directory}`,
  recoveryDidKey: (await key()).did(),
  plcRotationKeyK256PrivateKeyHex: Buffer.from(await (await key()).export()).toString('hex'),
  adminPassword: 'of the tests',
  jwtSecret: 'of the tests',
  serviceHandleDomains: ['.test'],
  inviteRequired: false,
  bskyAppViewUrl: appview,
  bskyAppViewDid: 'did:web:appview.example',
  modServiceUrl: appview,
  modServiceDid: 'did:web:appview.example',
  disableSsrfProtection: true,
})
await pds.start()
